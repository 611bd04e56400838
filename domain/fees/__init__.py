"""Fees and their waivers, late charges, and protective advances."""
