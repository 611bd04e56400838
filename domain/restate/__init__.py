"""What follows from what becomes known late."""
