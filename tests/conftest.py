"""What every test has around it."""

import os

# Before anything of harness is imported: values are truly frozen in the tests, so that nothing of ours changes one.
os.environ.setdefault("HARNESS_FROZEN", "1")
