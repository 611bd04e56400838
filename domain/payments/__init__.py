"""Money that comes in: payments and the waterfall they go down, equity deposits."""
