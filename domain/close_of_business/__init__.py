"""What a date brings to a loan once its business is done."""
