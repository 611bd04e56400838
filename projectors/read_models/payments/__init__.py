"""Payments of all loans, and what each of them paid."""
