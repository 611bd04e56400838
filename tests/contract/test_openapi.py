"""The OpenAPI documents: complete, stable, and true to the envelope."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from runtime.http import Api
from tests.contract.apis import command_api, query_api

APIS = [pytest.param(command_api, id="command"), pytest.param(query_api, id="query")]


def operations(api: Api) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in api.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


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
def test_every_answer_has_an_example_in_the_envelope(api: Api) -> None:
    for where, operation in operations(api):
        for status, response in operation["responses"].items():
            for media_type, content in response["content"].items():
                shown = examples(content)
                assert shown, (where, status, media_type)
                if media_type == "application/json":
                    assert {one["success"] for one in shown} == {status < "400"}, (where, status)


@pytest.mark.parametrize("api", APIS)
def test_every_operation_lists_how_it_may_fail(api: Api) -> None:
    for where, operation in operations(api):
        listed = set(operation["responses"])
        assert {"400", "429", "500", "503"} <= listed, where
        if "security" in operation:
            assert {"401", "403"} <= listed, where
        if "{" in where:
            assert "404" in listed, where
        if "requestBody" in operation:
            assert {"413", "415"} <= listed, where
        parameters = {parameter["name"] for parameter in operation.get("parameters", [])}
        if "Idempotency-Key" in parameters:
            assert {"409", "412"} <= listed, where


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


def test_the_two_apis_share_no_operation_but_those_about_themselves() -> None:
    shared = set(command_api.plans) & set(query_api.plans)
    assert shared == {"health", "health_live", "metrics"}
    writes = {plan.operation.method for plan in query_api.plans.values()}
    assert writes == {"GET"}
