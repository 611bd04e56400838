"""Loans: their terms, their life from term sheet to closing, and all that bounds their draws."""
