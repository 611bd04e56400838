"""The accounts of the whole portfolio."""
