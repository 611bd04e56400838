"""The accounting calendar of the house: which months are closed, and where late entries go."""
