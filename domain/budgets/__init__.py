"""The budget of a loan: its lines, the sources that pay for them, and what draws have reserved."""
