"""Interest: what a loan's principal, rate and status on each day come to, exactly."""
