"""Benchmarks: ratios to baselines that are timed in the same run. Run them with `make bench`."""
