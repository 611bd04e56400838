"""What a borrower owes beside principal, and what money received pays of it."""
