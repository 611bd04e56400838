"""Payoff quotes as they were issued."""
