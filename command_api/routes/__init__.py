"""Every route of the command API, a module a word; the API finds them."""
