"""Benchmarks: the harness and what fills its stores."""
