"""The kind of stream that a draw is: on a loan, which bounds it."""

from domain.draws.events import DrawCreated
from domain.draws.resource import DrawResource, draw_resource
from domain.draws.state import Draw, evolve
from domain.kernel.actors import Actor
from domain.kinds import Kind, Stream
from domain.loans.kind import LOAN


def _shown(draw: Draw, _: Actor) -> DrawResource:
    return draw_resource(draw)


def _loan(draw: Draw) -> tuple[Stream, ...]:
    return (Stream(LOAN, draw.loan_id),)


DRAW = Kind(
    name="draw",
    state=Draw,
    evolve=evolve,
    begins_with=(DrawCreated,),
    resource=_shown,
    refs=_loan,
)
