"""What a command cannot do as things are."""


class RefusedError(Exception):
    """A command will not do what was asked; the message says why and what would help."""
