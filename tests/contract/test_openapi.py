"""The OpenAPI documents: complete, stable, and true to the envelope."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec.json import decode
from pydantic import TypeAdapter, ValidationError

from deploy.serving.front_door import document_of_both
from domain.kernel.resource import Resource, resource_json
from domain.loans.example import LOAN
from runtime.http import AmountCents, Api, Cents, PositiveCents, Rate
from runtime.http.asked import asked
from runtime.http.components import Components
from runtime.http.fields import NAMED
from runtime.http.schemas import merged, schemas_of
from runtime.problems import STATUS_OF, STATUSES
from tests.contract.apis import command_api, query_api

APIS = [pytest.param(command_api, id="command"), pytest.param(query_api, id="query")]


def whole(api: Api, node: Any) -> Any:
    """A part of the document with what it refers to in the place of references."""
    if isinstance(node, list):
        return [whole(api, child) for child in node]
    if not isinstance(node, dict):
        return node
    if isinstance(reference := node.get("$ref"), str):
        found: Any = api.openapi()
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return whole(api, found)
    return {key: whole(api, child) for key, child in node.items()}


@cache
def operations(api: Api) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", whole(api, operation))
        for path, methods in api.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


def examples(content: dict[str, Any]) -> list[Any]:
    if "example" in content:
        return [content["example"]]
    return [one["value"] for one in content.get("examples", {}).values()]


@pytest.mark.parametrize("api", APIS)
def test_the_document_is_openapi_3_1(api: Api) -> None:
    assert api.openapi()["openapi"].startswith("3.1.")


@pytest.mark.parametrize("api", APIS)
def test_every_operation_is_named_summarised_and_filed(api: Api) -> None:
    named = [operation["operationId"] for _, operation in operations(api)]
    assert len(named) == len(set(named))
    for where, operation in operations(api):
        assert operation["operationId"] in api.plans, where
        assert operation["summary"], where
        assert operation["tags"], where


@pytest.mark.parametrize("api", APIS)
def test_every_body_has_an_example_that_passes_its_own_schema(api: Api) -> None:
    for plan in api.plans.values():
        if plan.body_name is None:
            continue
        shown = plan.body_type.model_json_schema().get("examples")
        assert shown, plan.operation.id
        for example in shown:
            plan.read_body(orjson.dumps(example))


@pytest.mark.parametrize("api", APIS)
def test_no_body_takes_what_it_does_not_know_at_any_depth(api: Api) -> None:
    for plan in api.plans.values():
        schema = plan.body_type.model_json_schema()
        for part in (schema, *schema.get("$defs", {}).values()):
            if part.get("type") == "object":
                assert part["additionalProperties"] is False, (plan.operation.id, part["title"])


@pytest.mark.parametrize("api", APIS)
def test_every_answer_has_an_example_in_the_envelope(api: Api) -> None:
    for where, operation in operations(api):
        for status, response in operation["responses"].items():
            for media_type, content in response["content"].items():
                shown = examples(content)
                # A problem says what its failure does; the operation's examples are those.
                assert shown or media_type == "application/problem+json", (where, status)
                if media_type == "application/json":
                    assert {one["success"] for one in shown} == {status < "400"}, (where, status)


def failures(operation: dict[str, Any]) -> dict[str, int]:
    """The codes that an operation lists, each with its status: that of its response or, of what any
    request of its kind may meet, the one that its example begins with."""
    found: dict[str, int] = {}
    for status, response in operation["responses"].items():
        if status >= "400":
            for code, shown in response["content"]["application/json"]["examples"].items():
                said = int(shown["summary"].partition(":")[0])
                assert status in (str(said), f"{said // 100}XX"), (code, status)
                found[code] = said
    return found


@pytest.mark.parametrize("api", APIS)
def test_every_operation_lists_how_it_may_fail(api: Api) -> None:
    for where, operation in operations(api):
        listed = set(failures(operation).values())
        assert {400, 429, 500, 503} <= listed, where
        if operation["security"]:
            assert {401, 403} <= listed, where
        if "{" in where:
            assert 404 in listed, where
        if "requestBody" in operation:
            assert {413, 415} <= listed, where
        parameters = {parameter["name"] for parameter in operation.get("parameters", [])}
        if "Idempotency-Key" in parameters:
            assert {409, 412} <= listed, where


@pytest.mark.parametrize("api", APIS)
def test_what_an_operation_refuses_itself_stands_under_its_status(api: Api) -> None:
    for where, operation in operations(api):
        refuses = api.plans[operation["operationId"]].operation.refuses
        for ground in refuses:
            status = STATUS_OF[ground.kind]
            shown = operation["responses"][str(status)]["content"]["application/json"]["examples"]
            assert shown[ground.code]["summary"] == f"{status}: {ground.meaning}", where
        general = failures(operation).keys() - {ground.code for ground in refuses}
        assert general <= STATUSES.keys(), where


@pytest.mark.parametrize("api", APIS)
def test_what_any_request_may_meet_is_told_with_its_status_and_meaning(api: Api) -> None:
    for where, operation in operations(api):
        for statuses in ("4XX", "5XX"):
            response = operation["responses"][statuses]
            told = {
                f"- {STATUSES[code][0]} `{code}`: {STATUSES[code][1]}"
                for code in response["content"]["application/json"]["examples"]
            }
            assert set(response["description"].splitlines()) == told, where


@pytest.mark.parametrize("api", APIS)
def test_a_body_may_be_left_out_where_none_of_its_fields_is_required(api: Api) -> None:
    for where, operation in operations(api):
        if "requestBody" in operation:
            plan = api.plans[operation["operationId"]]
            assert operation["requestBody"]["required"] != plan.body_may_be_absent, where
            content = operation["requestBody"]["content"]["application/json"]
            (shown,) = examples(content)
            plan.read_body(orjson.dumps(shown))


@pytest.mark.parametrize("api", APIS)
def test_a_parameter_is_never_null(api: Api) -> None:
    for where, operation in operations(api):
        for parameter in operation["parameters"]:
            assert "null" not in str(parameter["schema"]), (where, parameter["name"])


def test_what_a_field_comes_to_when_it_is_left_out_is_of_its_kind() -> None:
    document = command_api.openapi()
    defaults = [
        (field["default"], NAMED[name])
        for schema in document["components"]["schemas"].values()
        for field in schema.get("properties", {}).values()
        if "default" in field
        and (name := field.get("$ref", "").removeprefix("#/components/schemas/")) in NAMED
    ]

    assert defaults
    for value, kind in defaults:
        assert re.fullmatch(kind["pattern"].removesuffix("$"), value), value


@pytest.mark.parametrize("api", APIS)
def test_no_operation_speaks_of_fastapis_own_validation_error(api: Api) -> None:
    assert "HTTPValidationError" not in str(api.openapi())


@pytest.mark.parametrize("api", APIS)
def test_every_reference_leads_somewhere(api: Api) -> None:
    document = api.openapi()

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for child in node.values():
                yield from references(child)
        elif isinstance(node, list):
            for child in node:
                yield from references(child)

    for reference in references(document):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_the_document_of_both_apis_can_be_taken_in(project_root: Path) -> None:
    document = document_of_both(command_api, query_api)

    # `make openapi-lint` holds it to the same limit, which stands there.
    bytes_max = re.search(
        r"^DOCUMENT_BYTES_MAX := (\d+)$", (project_root / "Makefile").read_text(), re.MULTILINE
    )
    assert bytes_max is not None
    assert len(orjson.dumps(document)) <= int(bytes_max[1])
    assert {each["operationId"] for _, each in operations(command_api)} <= set(command_api.plans)


@pytest.mark.parametrize("api", APIS)
def test_every_example_is_of_the_type_that_it_stands_for(api: Api) -> None:
    for plan in api.plans.values():
        shown = plan.operation.example
        for one in (*([shown] if isinstance(shown, Resource) else shown), plan.operation.meta):
            if isinstance(one, Resource):
                assert decode(resource_json(one), type=type(one)) == one, plan.operation.id


@pytest.mark.parametrize("api", APIS)
def test_a_type_is_named_once_and_referred_to(api: Api) -> None:
    """No object is described in place: whoever writes a client of it would have to name it."""

    def described(node: Any) -> Iterator[Any]:
        if isinstance(node, dict):
            if "properties" in node:
                yield node
            for child in node.values():
                yield from described(child)
        elif isinstance(node, list):
            for child in node:
                yield from described(child)

    document = api.openapi()
    assert list(described(document["paths"])) == []
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(("Answer", "List")) or "properties" not in schema:
            continue
        assert list(described(list(schema["properties"].values()))) == [], name


@pytest.mark.parametrize("api", APIS)
def test_every_code_that_an_operation_lists_is_told_apart_from_the_others(api: Api) -> None:
    meanings: dict[str, str] = {}
    for _, operation in operations(api):
        for status, response in operation["responses"].items():
            if status >= "400":
                shown = response["content"]["application/json"]["examples"]
                meanings |= {
                    code: each["value"]["error"]["message"] for code, each in shown.items()
                }
    assert len(set(meanings.values())) == len(meanings)


def test_two_types_of_one_name_are_an_error() -> None:
    class LoanResource(Resource):
        """Another thing that would be called a loan."""

    with pytest.raises(ValueError, match="Loan"):
        schemas_of([type(LOAN), LoanResource])


def test_a_body_and_an_answer_of_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match="Draw"):
        merged({"Draw": {"type": "object"}}, {"Draw": {"type": "object"}})


def test_two_bodies_of_one_name_are_an_error() -> None:
    schemas = {"loans__ExtensionBody": {}, "maturity__ExtensionBody": {}}

    with pytest.raises(ValueError, match="ExtensionBody"):
        asked({"paths": {}, "components": {"schemas": schemas}}, {}, Components())


def test_an_example_keeps_what_is_called_a_title() -> None:
    sign_in = command_api.plans["sign_in"]
    shown = {"title": "Order the title date-down"}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/TaskBody"}}}}
    written = {
        "paths": {"/tasks": {"post": {"operationId": "sign_in", "requestBody": body}}},
        "components": {"schemas": {"TaskBody": {"title": "TaskBody", "examples": [shown]}}},
    }
    components = Components()

    _, schemas = asked(written, {"sign_in": sign_in}, components)

    assert components.by_kind["examples"]["TaskBody"] == {"value": shown}
    assert schemas["TaskBody"] == {}


def test_the_two_apis_share_no_operation_but_those_about_themselves() -> None:
    shared = set(command_api.plans) & set(query_api.plans)
    assert shared == {"health", "health_live", "metrics"}
    writes = {plan.operation.method for plan in query_api.plans.values()}
    assert writes == {"GET"}


def codes(api: Api, operation: str, status: int) -> set[str]:
    """The codes that the document lists for an operation and a status."""
    listed = next(each for _, each in operations(api) if each["operationId"] == operation)
    return {code for code, each in failures(listed).items() if each == status}


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        ("originate_loan", 409, "LOAN_EXISTS"),
        ("create_draw", 409, "DRAW_EXISTS"),
        ("create_user", 409, "USER_EXISTS"),
        ("close_loan", 422, "LINE_TWICE"),
        ("close_loan", 422, "LINE_NOT_IN_BUDGET"),
        ("fund_draw", 422, "DRAW_EXCEEDS_LINE"),
        ("fund_draw", 422, "DRAW_EXCEEDS_COMMITMENT"),
        ("fund_draw", 422, "DRAW_NET_NEGATIVE"),
        ("fund_draw", 422, "RELEASE_EXCEEDS_RETAINAGE"),
        ("extend_maturity", 409, "FEE_EXISTS"),
        ("waive_fee", 409, "WAIVER_EXISTS"),
        ("charge_off", 422, "BUSINESS_DATE_TOO_FAR"),
    ],
)
def test_a_refusal_is_listed_where_it_arises(operation: str, status: int, code: str) -> None:
    assert code in codes(command_api, operation, status)


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        ("extend_maturity", 422, "FEE_EXISTS"),
        ("record_equity_deposit", 422, "BUSINESS_DATE_TOO_FAR"),
    ],
)
def test_a_refusal_is_not_listed_where_it_cannot_arise(
    operation: str, status: int, code: str
) -> None:
    assert code not in codes(command_api, operation, status)


def test_every_read_may_wait_for_a_position_and_says_how_far_it_is() -> None:
    for where, operation in operations(query_api):
        listed = {(each["in"], each["name"]) for each in operation["parameters"]}
        waits = {("query", "min_position"), ("header", "X-Min-Position")}
        assert waits <= listed or not waits & listed
        says = "X-Ledger-Lag" in operation["responses"]["200"].get("headers", {})
        assert (waits <= listed) == says == ("/api/v1/" in where), where
    for plan in query_api.plans.values():
        assert plan.is_of_position == plan.operation.prefixed, plan.operation.id


_AMOUNTS = ("0.00", "0.01", "0.10", "1.00", "99999999999.99", "100000000000.00")
_NO_AMOUNTS: tuple[str, ...] = (
    "",
    "0",
    "1",
    "1.0",
    "1.000",
    "00.00",
    "01.00",
    "+1.00",
    "1.00\n",
    "100000000000.01",
)
_NO_AMOUNTS += ("999999999999.00", "1000000000000.00", "١.٠٠", "1,000.00", "--1.00", "-", " 1.00")
_RATES: tuple[str, ...] = (
    "0",
    "1",
    "0.0975",
    "0.12345678",
    "1.0",
    "1.00000000",
    "0.0",
    "2",
    "9",
    "1.00000001",
)
_RATES += ("0.123456789", "00", "01", "-0", "-0.1", ".5", "0.", "1.", "1e0", "0.0975\n", "٠")


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        pytest.param(kind, texts, id=name)
        for name, kind, texts in (
            *(
                (name, kind, (*_AMOUNTS, *(f"-{each}" for each in _AMOUNTS), *_NO_AMOUNTS))
                for name, kind in (
                    ("Cents", Cents),
                    ("AmountCents", AmountCents),
                    ("PositiveCents", PositiveCents),
                )
            ),
            ("Rate", Rate, _RATES),
        )
    ],
)
def test_a_pattern_says_exactly_what_is_accepted(kind: Any, texts: tuple[str, ...]) -> None:
    reader = TypeAdapter(kind)
    # `$` is the end of the text in JSON Schema; in Python it also comes before a line break.
    pattern = reader.json_schema()["pattern"].removesuffix("$")

    def accepts(text: str) -> bool:
        try:
            reader.validate_python(text)
        except ValidationError:
            return False
        return True

    told = {text for text in texts if re.fullmatch(pattern, text)}
    assert told == {text for text in texts if accepts(text)}
    assert told
