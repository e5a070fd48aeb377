"""Holds `import harness` to its weight: time beside pydantic's, memory on top of it, and what it opens."""

import json
import statistics
import subprocess
import sys

_TIMES = """
import time
began = time.perf_counter()
import {module}
print(time.perf_counter() - began)
"""

_MEMORY = """
import resource
import pydantic
{more}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

_OPENED = """
import json, pathlib, sys, sysconfig
opened = []
def hook(event, args):
    if event == "open" and isinstance(args[0], str):
        opened.append(args[0])
    elif event.startswith("socket."):
        opened.append(event)
sys.addaudithook(hook)
import harness
inside = [sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["platlib"], str(pathlib.Path(harness.__file__).parent)]
print(json.dumps([path for path in opened if not any(path.startswith(each) for each in inside)]))
"""


def _ask(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def main() -> int:
    times: dict[str, list[float]] = {"harness": [], "pydantic": []}
    for _ in range(15):
        for module, taken in times.items():
            taken.append(float(_ask(_TIMES.format(module=module))))
    ours, theirs = (statistics.median(times[module]) * 1e3 for module in ("harness", "pydantic"))
    alone = statistics.median(int(_ask(_MEMORY.format(more=""))) for _ in range(5))
    more = statistics.median(int(_ask(_MEMORY.format(more="import harness"))) for _ in range(5))
    everything = statistics.median(int(_ask(_MEMORY.format(more="from harness import Harness"))) for _ in range(5))
    opened = json.loads(_ask(_OPENED))
    print(f"import harness: {ours:.1f} ms, import pydantic: {theirs:.1f} ms, ratio {ours / theirs:.2f} (at most 1.5)")
    print(f"memory on top of pydantic: {(more - alone) / 1024:.1f} MiB (at most 15)")
    print(f"with `from harness import Harness`: {(everything - alone) / 1024:.1f} MiB")
    print(f"opened outside the package: {opened or 'nothing'}")
    return 0 if ours <= 1.5 * theirs and more - alone <= 15 * 1024 and not opened else 1


if __name__ == "__main__":
    sys.exit(main())
