"""What may be asked of a loan once it has closed: interest, payments, fees, payoff, corrections."""
