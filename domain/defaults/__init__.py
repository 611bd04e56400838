"""Default and cure, accrual status, days past due."""
