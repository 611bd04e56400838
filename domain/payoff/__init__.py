"""Paying a loan off: quotes, and the payoff."""
