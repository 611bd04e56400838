"""Shares of a loan sold to other lenders."""
