"""Each way to get a request wrong has its documented answer."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from runtime.http.requests import versions
from tests.contract.edge import (
    GOOD,
    LOANS,
    USER,
    bearer,
    code_of,
    fields_of,
)


async def test_a_good_request_is_answered_in_the_envelope(client: httpx.AsyncClient) -> None:
    response = await client.post(LOANS, json=GOOD, headers=bearer())
    assert response.status_code == 201
    body = response.json()
    assert (body["success"], body["meta"]) == (True, {})
    assert body["data"]["cents"] == 96_000_000
    assert body["data"]["rate"] == "0.0975"
    assert response.headers["etag"] == '"1"'
    assert response.headers["x-ledger-position"] == "42"
    assert response.headers["location"] == "/api/v1/loans/1"
    assert response.headers["idempotency-key"]


WRONG_VALUES: list[tuple[str, Any]] = [
    ("commitment", "1.000"),
    ("commitment", "1.0"),
    ("commitment", "1"),
    ("commitment", 1.0),
    ("commitment", 100),
    ("commitment", True),
    ("commitment", None),
    ("commitment", "-1.00"),
    ("commitment", "0.00"),
    ("commitment", "NaN"),
    ("commitment", "Infinity"),
    ("commitment", "1e3.00"),
    ("commitment", " 1.00"),
    ("commitment", "1.00\n"),
    ("commitment", "+1.00"),
    ("commitment", "1,000.00"),
    ("commitment", "١.٠٠"),
    ("commitment", "100000000000.01"),
    ("commitment", "9" * 30 + ".00"),
    ("rate", "1.00000001"),
    ("rate", "-0.1"),
    ("rate", "0.123456789"),
    ("rate", "1E-2"),
    ("rate", "NaN"),
    ("rate", 0.0975),
    ("maturity_date", "1989-12-31"),
    ("maturity_date", "2200-01-01"),
    ("maturity_date", "2025-02-30"),
    ("maturity_date", "20250115"),
    ("maturity_date", "2025-01-15T00:00:00"),
    ("maturity_date", 1736899200),
    ("lines", "none"),
    ("lines", {}),
    ("grace_days", "5"),
    ("grace_days", 5.5),
    ("grace_days", 10**30),
    ("builder_user_id", "not-a-uuid"),
    ("builder_user_id", 7),
]


@pytest.mark.parametrize(("field", "value"), WRONG_VALUES)
async def test_a_wrong_value_is_named(client: httpx.AsyncClient, field: str, value: Any) -> None:
    response = await client.post(LOANS, json=GOOD | {field: value}, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert fields_of(response) == {field}


async def test_a_wrong_value_deep_inside_is_named_by_its_path(client: httpx.AsyncClient) -> None:
    wrong = GOOD | {"lines": [{"name": "", "amount": "1.00", "colour": "red"}]}
    response = await client.post(LOANS, json=wrong, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert fields_of(response) == {"lines.0.name", "lines.0.colour"}


@pytest.mark.parametrize("field", ["comitment", "x" * 5000, "", "__class__"])
async def test_an_unknown_field_is_refused(client: httpx.AsyncClient, field: str) -> None:
    response = await client.post(LOANS, json=GOOD | {field: 1}, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert len(response.content) < 1000


def _good_text() -> str:
    return json.dumps(GOOD)


NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "half": _good_text()[:-1].encode(),
    "twice": (_good_text() * 2).encode(),
    "a list": b"[]",
    "a string": b'"loan"',
    "null": b"null",
    "invalid UTF-8": b'{"commitment": "\xff"}',
    "UTF-16": _good_text().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + _good_text().encode(),
    "half a surrogate pair": b'{"commitment": "\\ud800"}',
    "NaN": b'{"commitment": NaN}',
    "Infinity": b'{"commitment": -Infinity}',
    "a comment": b'{} // "commitment"',
    "a NUL": _good_text().replace("Framing", "Fra\\u0000ming").encode(),
    "an enormous number": b'{"commitment": ' + b"1" * 5000 + b"}",
    "an enormous exponent": b'{"commitment": 1e999999}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "objects as deep as the parser goes": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "depth that the last of two values hides": b'{"a":' + b"[" * 1000 + b"]" * 1000 + b',"a":1}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_what_is_not_a_json_object_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=body, headers=headers)
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "body",
    [
        _good_text()[:-1] + ', "rate": "0.5"}',
        _good_text()[:-1] + ', "r\\u0061te": "0.5"}',
        _good_text().replace('"amount"', '"name": "a", "amount"'),
    ],
)
async def test_a_key_named_twice_is_refused(client: httpx.AsyncClient, body: str) -> None:
    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=body, headers=headers)
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert fields_of(response) <= {"rate", "name"}


async def test_a_body_of_two_mebibytes_is_too_large(client: httpx.AsyncClient) -> None:
    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=b" " * 2 * 1024 * 1024, headers=headers)
    assert code_of(response) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_does_not_say_how_large_it_is_meets_the_limit_too(
    client: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(33):
            yield b" " * 65536

    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=chunks(), headers=headers)
    assert code_of(response) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_must_call_itself_json(client: httpx.AsyncClient, media_type: str) -> None:
    headers = bearer() | {"content-type": media_type}
    response = await client.post(LOANS, content=_good_text(), headers=headers)
    assert code_of(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_a_command_without_words_needs_no_body(
    client: httpx.AsyncClient, body: bytes
) -> None:
    headers = bearer() | ({"content-type": "application/json"} if body else {})
    path = f"/api/v1/draws/{USER}/approve"
    assert (await client.post(path, content=body, headers=headers)).status_code == 200


async def test_a_command_without_words_refuses_any(client: httpx.AsyncClient) -> None:
    path = f"/api/v1/draws/{USER}/approve"
    response = await client.post(path, json={"force": True}, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "query",
    ["pag=1", "page=one", "page=1&page=2", "state=%FF", "state=%00", "page=", "x" * 9000],
)
async def test_a_wrong_query_is_refused(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"{LOANS}?{query}", headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")


async def test_a_list_parameter_may_be_repeated(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{LOANS}?state=ACTIVE&state=DRAFT", headers=bearer())
    assert response.json()["data"] == {"page": 1, "state": ["ACTIVE", "DRAFT"]}


@pytest.mark.parametrize("step", ["review", "submit"])
async def test_a_write_whose_outcome_is_not_known_names_the_key_to_repeat_it_with(
    client: httpx.AsyncClient, step: str
) -> None:
    path = f"/api/v1/draws/{USER}/{step}"
    made = await client.post(path, headers=bearer())
    given = await client.post(path, headers=bearer() | {"idempotency-key": "mine"})
    own_id = await client.post(path, headers=bearer() | {"x-request-id": "not-a-key-of-ours"})
    assert made.status_code == given.status_code == (503 if step == "review" else 500)
    assert UUID(made.headers["idempotency-key"]).version == 7
    assert given.headers["idempotency-key"] == "mine"
    assert UUID(own_id.headers["idempotency-key"]).version == 7


@pytest.mark.parametrize(
    ("header", "passing"),
    [
        ('"3"', {3}),
        ('"1", "3"', {1, 3}),
        (', "1" ,,W/"2","x,y" , "3",', {1, 3}),
        ('W/"3"', set()),
        ('"abc"', set()),
        ('""', set()),
        ('"0"', set()),
        ('"03"', set()),
        ('"-1"', set()),
        ('"99999999999"', set()),
        ("*", {1, 2, 3, 4}),
    ],
)
def test_if_match_passes_what_it_names_and_nothing_else(header: str, passing: set[int]) -> None:
    asked = versions(header.encode())
    assert {version for version in range(5) if asked == version} == passing
    assert asked != None  # noqa: E711  # `is not` would not ask


@pytest.mark.parametrize(
    "header",
    [
        "abc",
        "3",
        "",
        ",",
        '"3',
        '3"',
        '"1" "2"',
        '"1";',
        'w/"3"',
        "*, *",
        '" "',
        '"1"' + ", " * 4000 + "x",
    ],
)
async def test_what_is_no_etag_at_all_is_refused(client: httpx.AsyncClient, header: str) -> None:
    response = await client.post(LOANS, json=GOOD, headers=bearer() | {"if-match": header})
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("key", ["", "k" * 256, "käse", "tab\tbed"])
async def test_an_unfit_idempotency_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    headers = {**bearer(), "idempotency-key": key.encode("latin-1")}
    response = await client.post(LOANS, json=GOOD, headers=headers)  # type: ignore[arg-type]  # raw bytes are meant
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("loan_id", ["1", "zz", f"{USER}0", "%00", "..", "%2e%2e"])
async def test_what_cannot_be_an_id_is_not_found(client: httpx.AsyncClient, loan_id: str) -> None:
    response = await client.get(f"{LOANS}/{loan_id}", headers=bearer())
    assert code_of(response) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/loans/", "/api/v2/loans"])
async def test_an_unknown_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert code_of(await client.get(path, headers=bearer())) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_another_method_is_told_which_are_allowed(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, LOANS, headers=bearer())
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_head_answers_as_get_without_the_body(client: httpx.AsyncClient) -> None:
    response = await client.head(LOANS, headers=bearer())
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


async def test_what_nobody_expected_tells_nothing_but_its_request_id(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get(f"{LOANS}/{USER}", headers=bearer())
    assert code_of(response) == (500, "INTERNAL")
    assert "SELECT" not in response.text
    assert "ZeroDivision" not in response.text


async def test_the_same_failure_reads_as_rfc_9457_on_request(client: httpx.AsyncClient) -> None:
    headers = bearer() | {"accept": "application/problem+json"}
    response = await client.post(LOANS, json=GOOD | {"rate": 2}, headers=headers)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "urn:drawbridge:problem:validation-error"
    assert (problem["status"], problem["code"]) == (400, "VALIDATION_ERROR")
    assert problem["instance"] == LOANS
    assert [detail["field"] for detail in problem["details"]] == ["rate"]
