"""Budgets and their lines."""
