"""The kit that both APIs are made of: declare with `Router`, serve with `Api`."""

from runtime.http.app import PREFIX, Api, ReadGate
from runtime.http.call import PAGE, Answer, Call, PageResource, Seen, page_meta
from runtime.http.fields import (
    AmountCents,
    Body,
    Cents,
    Code,
    Count,
    IsoDate,
    Memo,
    NoBody,
    Params,
    PositiveCents,
    Rate,
    Text,
    UserId,
    example,
)
from runtime.http.found import routers
from runtime.http.limits import RateLimits
from runtime.http.operations import operations_router
from runtime.http.rendering import render
from runtime.http.requests import Versions
from runtime.http.router import Operation, Router

__all__ = [
    "PAGE",
    "PREFIX",
    "AmountCents",
    "Answer",
    "Api",
    "Body",
    "Call",
    "Cents",
    "Code",
    "Count",
    "IsoDate",
    "Memo",
    "NoBody",
    "Operation",
    "PageResource",
    "Params",
    "PositiveCents",
    "Rate",
    "RateLimits",
    "ReadGate",
    "Router",
    "Seen",
    "Text",
    "UserId",
    "Versions",
    "example",
    "operations_router",
    "page_meta",
    "render",
    "routers",
]
