"""Draws: a request for money, its G702 and G703 figures, its review, and its funding."""
