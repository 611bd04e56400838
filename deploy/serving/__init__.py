"""Serving over HTTP: which application, behind which door, for how many at once, on which port."""
