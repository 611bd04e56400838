"""Loans, draws and events as JSON shows them, the same on answers to writes and on reads."""
