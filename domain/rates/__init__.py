"""The contract rate of a loan, from day to day."""
