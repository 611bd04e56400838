"""Double entry: the chart of accounts, and entries that cannot be unbalanced."""
