"""Draws as lists and pages show them, and the totals of the work queue."""
