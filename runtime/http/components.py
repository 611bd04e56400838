"""What operations of a document share: written once under a name, and referred to."""

from collections import Counter
from typing import Any

import orjson

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

    def share_parameters(self, operations: list[Content]) -> None:
        """Say each parameter once that several operations take in the same words."""
        parameters = [each for one in operations for each in one.get("parameters", ())]
        used = Counter(map(_key, parameters))
        names: dict[str, bytes] = {}
        for parameter in sorted(parameters, key=lambda each: -used[_key(each)]):
            if "$ref" not in parameter and used[_key(parameter)] > 1:
                names.setdefault(parameter["name"], _key(parameter))
        for one in operations:
            one["parameters"] = [
                self.refer("parameters", each["name"], each)
                if "$ref" not in each and names.get(each["name"]) == _key(each)
                else each
                for each in one.get("parameters", ())
            ]


def _key(content: Content) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
