"""Reading a request: its headers, its query and its body, each within limits."""

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from domain.kernel.errors import Detail
from runtime.problems import Problem

DEPTH_MAX = 24
QUERY_CHARS_MAX = 8192
QUERY_FIELDS_MAX = 50
KEY_CHARS_MAX = 255
POSITION_MAX = 10**18 - 1

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}", re.ASCII)
# RFC 9110, 8.8.3: quotes around anything visible but quotes.
_ETAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_ETAGS = re.compile(rf"(?:,[ \t]*)*{_ETAG}(?:[ \t]*,(?:[ \t]*{_ETAG})?)*")
_VERSION = re.compile(r'"([1-9]\d{0,8})"', re.ASCII)
_POSITION = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """What ``If-Match`` asks a resource's version to be; equal to every version that it allows.

    Attributes:
        named: any of these.
        any_at_all: whichever, as long as there is one.
    """

    named: frozenset[int] = frozenset()
    any_at_all: bool = False

    def __eq__(self, version: object) -> bool:
        """Whether a version passes; 0 is that of what does not exist."""
        if not isinstance(version, int):
            return NotImplemented
        return version in self.named or (self.any_at_all and version > 0)

    __hash__ = None  # type: ignore[assignment]  # equal to many, so equal hashes are impossible


class ClientGone(Exception):
    """The client hung up before its request was complete; there is nobody to answer."""


def sane_request_id(header: bytes | None) -> str | None:
    """An incoming request id, when it can go into logs as it is."""
    if header is None:
        return None
    text = header.decode("latin-1")
    return text if _REQUEST_ID.fullmatch(text) else None


def bearer_token(header: bytes) -> str | None:
    """The token of ``Authorization: Bearer …``."""
    scheme, _, token = header.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" and token else None


def idempotency_key(header: bytes) -> str:
    """A key that the client chose: visible ASCII, at most 255 characters."""
    text = header.decode("latin-1").strip()
    if not 0 < len(text) <= KEY_CHARS_MAX or not (text.isascii() and text.isprintable()):
        raise _invalid("Idempotency-Key", "one to 255 visible ASCII characters")
    return text


def versions(header: bytes) -> Versions:
    """The versions that ``If-Match`` names, among whatever else it names.

    Comparison is strong, so a weak tag names none of ours.
    """
    text = header.decode("latin-1").strip()
    if text == "*":
        return Versions(any_at_all=True)
    if not _ETAGS.fullmatch(text):
        raise _invalid("If-Match", 'an ETag such as "3", a list of them, or *')
    ours = (_VERSION.fullmatch(tag) for tag in re.findall(_ETAG, text))
    return Versions(frozenset(int(match[1]) for match in ours if match is not None))


def position(text: str) -> int:
    """A ledger position out of a header or query."""
    if not _POSITION.fullmatch(text):
        raise _invalid("min_position", "a ledger position: a whole number")
    return int(text)


def query_fields(query: bytes) -> dict[str, list[str]]:
    """The query's fields, each with all of its values.

    Raises:
        Problem: it is too long, not UTF-8, or holds a NUL, which no column can store.
    """
    if len(query) > QUERY_CHARS_MAX:
        raise _invalid("query", f"at most {QUERY_CHARS_MAX} characters")
    fields: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=QUERY_FIELDS_MAX,
        )
    except ValueError:
        raise _invalid("query", "well-formed, UTF-8, and of few fields") from None
    for name, value in pairs:
        if "\0" in value or "\0" in name:
            raise _invalid(name.replace("\0", ""), "free of NUL characters")
        fields.setdefault(name, []).append(value)
    return fields


async def read_body(receive: Receive, headers: dict[bytes, bytes], bytes_max: int) -> bytes:
    """The whole body.

    Raises:
        Problem: BODY_TOO_LARGE, as soon as that is known.
        ClientGone: the client hung up.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > bytes_max:
        raise Problem("BODY_TOO_LARGE", f"A body is at most {bytes_max} bytes.")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            raise Problem("BODY_TOO_LARGE", f"A body is at most {bytes_max} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def require_json(headers: dict[bytes, bytes]) -> None:
    """Refuse any body that does not call itself JSON."""
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise Problem("UNSUPPORTED_MEDIA_TYPE")


def canonical_json(body: bytes) -> bytes:
    """A JSON object's canonical bytes.

    Raises:
        Problem: VALIDATION_ERROR when it is not JSON, not UTF-8, no object, too deep, names a key
            twice (readers differ in which one they take), or holds a NUL character.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem("VALIDATION_ERROR", f"The body is not valid JSON ({where}).") from None
    if not isinstance(value, dict):
        raise _invalid("body", "a JSON object")
    # Most bodies escape nothing and are shallow for want of brackets. A key named twice is then lost
    # with its colon, and a NUL cannot be written.
    if b"\\" not in body and body.count(b"{") + body.count(b"[") <= DEPTH_MAX:
        canonical = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        if canonical.count(b":") == body.count(b":"):
            return canonical
    # Every key costs a colon: as many colons as keys proves that none was named twice.
    if body.count(b":") != _count_keys(value, DEPTH_MAX):
        _refuse_twice_named(body)
    if b"\\u0000" in body and _holds_nul(value):
        raise _invalid("body", "free of NUL characters")
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _count_keys(value: Any, depth_left: int) -> int:
    if depth_left == 0:
        raise _invalid("body", f"nested at most {DEPTH_MAX} deep")
    if type(value) is dict:
        keys = len(value)
        for child in value.values():
            if type(child) is dict or type(child) is list:
                keys += _count_keys(child, depth_left - 1)
        return keys
    keys = 0
    for child in value:
        if type(child) is dict or type(child) is list:
            keys += _count_keys(child, depth_left - 1)
    return keys


def _refuse_twice_named(body: bytes) -> None:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        counted = Counter(name for name, _ in found)
        twice = [name for name, count in counted.items() if count > 1]
        if twice:
            raise _invalid(twice[0], "named once")
        return dict(found)

    try:
        json.loads(body, object_pairs_hook=pairs)
    except RecursionError:  # in a value that another of the same name replaced
        raise _invalid("body", f"nested at most {DEPTH_MAX} deep") from None


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _holds_nul(child) for key, child in value.items())
    return isinstance(value, list) and any(_holds_nul(child) for child in value)


def _invalid(field: str, expected: str) -> Problem:
    return Problem(
        "VALIDATION_ERROR",
        f"{field}: must be {expected}.",
        [Detail(field, f"must be {expected}")],
    )
