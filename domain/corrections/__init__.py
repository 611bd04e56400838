"""Reversal: what was recorded by mistake, undone by an event of its own."""
