"""Contract suites and fakes, for the authors of adapters and of applications."""
