"""What operations ask, as FastAPI wrote it of their signatures, made fit for the document.

A kind of value such as an amount is named once, a body's example stands beside its use, and a query's
parameter says no `null`: a query cannot hold it.
"""

from collections.abc import Mapping
from typing import Any

from domain.kernel.money import format_money
from runtime.http.components import Components, Content
from runtime.http.fields import NAMED
from runtime.http.plan import Plan
from runtime.http.schemas import Schema, reference

_FASTAPIS_OWN = {"HTTPValidationError", "ValidationError"}
_JSON = "application/json"


def asked(
    written: Content, plans: Mapping[str, Plan], components: Components
) -> tuple[Content, dict[str, Schema]]:
    """The paths and the schemas that FastAPI wrote, by the document's rules.

    Args:
        written: the whole document of FastAPI.
        plans: by the ids of their operations.
        components: take up the examples.

    Raises:
        ValueError: two bodies have one name.
    """
    tree = _referring(_untitled(written))
    paths: Content = dict(sorted(tree["paths"].items()))
    schemas: dict[str, Schema] = {
        name: schema
        for name, schema in tree.get("components", {}).get("schemas", {}).items()
        if name not in _FASTAPIS_OWN
    }
    if clashing := [name for name in schemas if "__" in name]:
        raise ValueError(f"two bodies have one name: {', '.join(clashing)}")
    for operation in (each for path in paths.values() for each in path.values()):
        for parameter in operation.get("parameters", ()):
            _say_once(parameter)
        if "requestBody" in operation:
            plan = plans[operation["operationId"]]
            operation["requestBody"] = _body(plan, operation["requestBody"], schemas, components)
    for schema in schemas.values():
        schema.pop("examples", None)
    return paths, schemas | NAMED


def _body(
    plan: Plan, body: Content, schemas: Mapping[str, Schema], components: Components
) -> Content:
    """A request's body: what it is, an example, and whether it may be absent."""
    content: Content = {"schema": body["content"][_JSON]["schema"]}
    name = content["schema"]["$ref"].rpartition("/")[2]
    for value in schemas[name].get("examples", ())[:1]:
        content["examples"] = {"example": components.refer("examples", name, {"value": value})}
    return {"required": not plan.body_may_be_absent, "content": {_JSON: content}}


def _say_once(parameter: Content) -> None:
    """Leave out of its schema what a parameter says itself, and the `null` that it cannot hold."""
    schema = parameter.get("schema", {})
    if parameter.get("description"):
        schema.pop("description", None)
    given = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(given) == 1:
        del schema["anyOf"]
        schema.update(given[0])


def _referring(node: Any) -> Any:
    """The same with references in the place of the kinds of value that are named once."""
    if isinstance(node, list):
        return [_referring(each) for each in node]
    if not isinstance(node, dict):
        return node
    if not isinstance(name := node.get("x-name"), str):
        return {key: _referring(each) for key, each in node.items()}
    own = {key: each for key, each in node.items() if NAMED[name].get(key, name) != each}
    if isinstance(own.get("default"), int):
        own["default"] = format_money(own["default"])  # a field's default is in cents
    return reference(name) | own


def _untitled(node: Any) -> Any:
    """The same without the titles that only repeat the names of fields; those of examples stay."""
    if isinstance(node, dict):
        return {
            key: value if key == "examples" else _untitled(value)
            for key, value in node.items()
            if key != "title" or not isinstance(value, str)
        }
    return [_untitled(each) for each in node] if isinstance(node, list) else node
