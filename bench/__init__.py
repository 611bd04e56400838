"""Benchmarks: ours against its limit, interleaved in one run, on one machine."""
