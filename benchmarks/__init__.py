"""Measure Trellis against its peer and its limit, in one run on one machine and database.

A figure is one file (`p03_kernel_overhead.py`). `python -m benchmarks` runs them all, prints a table of
ratios and writes `build/bench.json`. Absolute times say little about another machine; ratios do.
"""
