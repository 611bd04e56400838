"""A new event of a capability, with the command that decides it and its route.

What is written takes a date and keeps it: the fact, its fold, a decision that decides nothing for a
repeat, a way in with the right of the way before it, and a test. From there on it is yours.
"""

from functools import partial
from string import Template

from tools.new import source
from tools.new.names import EventNames
from tools.new.workplace import Workplace

_EVENT = '''\
@recorded_as(
    "$thing.$did", version=1, stream="${thing}_id", partition_key="loan_id", dated="${did}_on"
)
class $Thing$Did(Step, Struct, frozen=True):
    """It was $did, on the lender's date."""

    loan_id: UUID
    ${thing}_id: UUID
    ${did}_on: date
'''

_COMMAND = '''\
class $Do$Thing(Struct, frozen=True):
    """Record that it was $did.

    Attributes:
        on: the lender's date.
    """

    on: date
'''

_FOLD = """\
case $Thing$Did():
    return replace($thing, ${did}_on=event.${did}_on)
"""

_DECISION = """\
case $Do$Thing():
    if $thing.${did}_on == command.on:
        return []
    return [$Thing$Did($thing.loan_id, $thing.${thing}_id, command.on)]
"""

_ROUTE = '''\
@router.post(
    "/$things/{${thing}_id}/$path",
    "${do}_$thing",
    right=$right,
    example=$example,
    refuses=refusals($Do$Thing),
)
async def ${do}_$thing(
    ${thing}_id: UUID, body: SubmitBody, call: Call, ledger: Ledger
) -> Answer:
    """Record that a $thing was $did, today unless told."""
    command = $Do$Thing(body.effective_on or call.today)
    return await decide_on_$thing(${thing}_id, command, body.effective_on, call, ledger)
'''


def add(workplace: Workplace, names: EventNames) -> None:
    """Write the event.

    Raises:
        NoPlaceError: the capability is not there, or has not the shape that is written to.
    """
    domain, routes = f"domain/{names.things}", f"command_api/routes/{names.things}.py"
    like = source.arguments_of_last(workplace.read(routes), "router.post")
    filled = {**names.filled, "right": like["right"], "example": like["example"]}
    event, command = filled["Thing"] + filled["Did"], filled["Do"] + filled["Thing"]

    def fill(template: str) -> str:
        return Template(template).substitute(filled)

    fold, union = source.fold_of(workplace.read(f"{domain}/state.py"), filled["Thing"])
    workplace.edit(
        f"{domain}/events.py",
        partial(source.with_class, before=union, block=fill(_EVENT)),
        partial(source.with_member, union=union, member=event),
    )
    workplace.edit(
        f"{domain}/commands.py",
        partial(source.with_class, before=f"{filled['Thing']}Command", block=fill(_COMMAND)),
        partial(source.with_member, union=f"{filled['Thing']}Command", member=command),
    )
    workplace.edit(
        f"{domain}/state.py",
        partial(
            source.with_field, cls=filled["Thing"], field=f"{names.did}_on: date | None = None"
        ),
        partial(source.with_case, function=fold, case=fill(_FOLD)),
        lambda text: source.with_import(text, f"domain.{names.things}.events", event),
    )
    workplace.edit(
        f"{domain}/decide.py",
        partial(source.with_entry, name="REFUSALS", entry=f"{command}: frozenset(),"),
        partial(source.with_case, function="decide", case=fill(_DECISION)),
        lambda text: source.with_import(text, f"domain.{names.things}.events", event),
        lambda text: source.with_import(text, f"domain.{names.things}.commands", command),
    )
    workplace.edit(
        routes,
        partial(source.with_function, before=f"decide_on_{names.thing}", block=fill(_ROUTE)),
        lambda text: source.with_import(text, f"domain.{names.things}.commands", command),
        lambda text: source.with_import(text, "command_api.routes.loan_bodies", "SubmitBody"),
    )
    workplace.make("event", filled)
