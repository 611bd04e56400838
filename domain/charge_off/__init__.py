"""Giving up what is owed on a defaulted loan."""
