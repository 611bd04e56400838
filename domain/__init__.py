"""The lending rules: pure, standard library only, no clock, no input or output, no randomness."""
