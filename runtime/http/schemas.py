"""Response types as schemas of the OpenAPI document, each once and under its name."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from domain.kernel.resource import Resource

Schema = dict[str, Any]
_TAKEN = "d"
"""A name that openapi-python-client gives to what it has still to read: a property called so, as the
column D of a G703 is, works in its clients if it is the last and nothing can come after it."""
_ATTRIBUTES = "\n\nAttributes:"
"""What a docstring says of fields that are worked out is for readers of the code."""
_SCHEMAS = "#/components/schemas/"


def name_of(kind: type[Resource]) -> str:
    """What a type is called in the document: ``FeeResource`` is a ``Fee``."""
    return _name(kind.__name__)


def reference(name: str) -> Schema:
    """The schema that stands under a name."""
    return {"$ref": _SCHEMAS + name}


def schemas_of(kinds: Iterable[type[Resource]]) -> dict[str, Schema]:
    """The schemas of response types and of all that they are made of, by name.

    Raises:
        ValueError: two types have one name.
    """
    _, found = msgspec.json.schema_components(set(kinds), ref_template=_SCHEMAS + "{name}")
    schemas: dict[str, Schema] = {}
    for class_name, schema in found.items():
        name = _name(class_name)
        if not name.isidentifier() or name in schemas:
            raise ValueError(f"two response types are called {name}")
        schemas[name] = _finished(schema, schemas)
    return dict(sorted(schemas.items()))


def merged(bodies: Mapping[str, Schema], answers: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of what is asked and of what is answered together.

    Raises:
        ValueError: one name means two things; an enumeration that both speak of is one.
    """
    for name in bodies.keys() & answers.keys():
        if set(bodies[name].get("enum", ())) != set(answers[name].get("enum", (None,))):
            raise ValueError(f"{name} is the name of a request and of an answer")
    return dict(sorted({**answers, **bodies}.items()))


def _name(class_name: str) -> str:
    return class_name.removesuffix("Resource")


def _finished(schema: Schema, named: dict[str, Schema]) -> Schema:
    """A component as the document has it: all that is always shown is required.

    A titled text inside it, such as an amount of money, becomes a component under its title.
    """
    done: Schema = {key: value for key, value in schema.items() if key != "title"}
    if "enum" in done:
        done.setdefault("type", "string")
    if "description" in done:
        done["description"] = inspect.cleandoc(done["description"]).partition(_ATTRIBUTES)[0]
    properties = done.get("properties")
    if properties is not None:
        shown = {key: _referring(each, named) for key, each in properties.items()}
        always = [key for key in shown if key in done["required"] or "default" in shown[key]]
        for each in shown.values():
            each.pop("default", None)
        done |= {"properties": shown, "required": always}
        if _TAKEN in shown:
            shown[_TAKEN] = shown.pop(_TAKEN)
            done["additionalProperties"] = False
    return done


def _referring(node: Any, named: dict[str, Schema]) -> Any:
    """A part of a schema, its references by the document's names."""
    if isinstance(node, list):
        return [_referring(each, named) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return reference(_name(node["$ref"].removeprefix(_SCHEMAS)))
    if isinstance(node.get("title"), str):
        named.setdefault(node["title"], {key: node[key] for key in node if key != "title"})
        return reference(node["title"])
    if node.get("enum") in ([True], [False]):
        return {"type": "boolean", "const": node["enum"][0]}
    return {key: _referring(value, named) for key, value in node.items()}
