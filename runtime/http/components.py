"""What operations of a document share: written once under a name, and referred to."""

from typing import Any

Content = dict[str, Any]


class Components:
    """The shared parts of one document, by their kind and name."""

    def __init__(self) -> None:
        self.by_kind: dict[str, dict[str, Content]] = {}

    def refer(self, kind: str, name: str, content: Content) -> Content:
        """A reference to a part, which is taken up with the first.

        Raises:
            ValueError: something else has its name.
        """
        taken = self.by_kind.setdefault(kind, {}).setdefault(name, content)
        if taken != content:
            raise ValueError(f"two {kind} are called {name}")
        return {"$ref": f"#/components/{kind}/{name}"}
