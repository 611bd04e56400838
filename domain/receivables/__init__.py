"""What the borrower owes besides principal, and the money that came in: on the Loan's stream."""
