"""Loans as lists and pages show them, and their totals by state and builder."""
