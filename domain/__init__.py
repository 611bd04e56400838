"""The lending rules: pure, the standard library and msgspec only, no clock, no input or output, no randomness."""
