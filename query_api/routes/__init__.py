"""What may be asked: one file a word of lending, and one a dashboard; the API finds them."""
