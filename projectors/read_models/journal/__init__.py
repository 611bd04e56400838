"""Journal lines, and what they come to by loan and account."""
