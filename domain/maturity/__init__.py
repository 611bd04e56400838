"""When a loan matures: extensions, and the day on which it comes about."""
