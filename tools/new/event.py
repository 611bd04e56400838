"""A new event of a capability, with the command that decides it and its route.

What is written takes a date and keeps the one recorded last: the fact, its fold, a decision that
decides nothing for a repeat, a way in, and a test. Who may command it, in which states and on what
ground it is refused in all others, it takes over from a command that is there, one with the narrowest
right of the capability's; `add` says which, because that is yours to decide. From there on all of it
is yours.
"""

from functools import partial
from string import Template

import domain.capabilities  # noqa: F401  # fills the catalogue
from domain.access import PEOPLE, Reach, Right, reach_of
from domain.events.catalogue import CATALOGUE
from tools.new import source
from tools.new.names import BadNameError, EventNames
from tools.new.source import NoPlaceError
from tools.new.workplace import Workplace

_EVENT = '''\
@recorded_as(
    "$thing.$did", version=1, stream="${thing}_id", partition_key="loan_id", dated="${did}_on"
)
class $Thing$Did(Step, Struct, frozen=True):
    """$Its, on the lender's date."""

    loan_id: UUID
    ${thing}_id: UUID
    ${did}_on: date
'''

_COMMAND = '''\
class $Do$Thing(Struct, frozen=True):
    """Record that $its.

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
    if command.on == $thing.${did}_on:
        return []
    check_in($thing, $states)
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
    """Record that $that, today unless told."""
    command = $Do$Thing(body.effective_on or call.today)
    return await decide_on_$thing(${thing}_id, command, body.effective_on, call, ledger)
'''


_TEST_TAKES = {"Loan": "three_draws().the_loan", "LoanFile": "three_draws().file"}
"""What a decision may take first, and what a test gives it."""


def add(workplace: Workplace, names: EventNames) -> list[str]:
    """Write the event; what it took over, to be decided by who reads it.

    Raises:
        BadNameError: there is such an event, or its stream is a loan's.
        NoPlaceError: the capability is not there, or has not the shape that is written to.
    """
    domain, routes = f"domain/{names.things}", f"command_api/routes/{names.things}.py"
    _check_new(workplace, names, domain)
    like = _like(workplace.read(routes), workplace.read(f"{domain}/decide.py"), names.thing)
    filled = {**names.filled, **like}
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
        partial(source.with_entry, name="REFUSALS", entry=f"{command}: {like['grounds']},"),
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
    return [
        f"who may: {like['right']}, in {routes}",
        f"in which states: {like['states']}, in {domain}/decide.py",
        f"on what ground it is refused in all others: {like['ground']}, in {domain}/decide.py",
        "what an earlier day means: as a later one does, it takes the place of the day that is kept,"
        f" in {domain}/decide.py",
    ]


def _check_new(workplace: Workplace, names: EventNames, domain: str) -> None:
    name = f"{names.thing}.{names.did}"
    if name in CATALOGUE:
        raise BadNameError(f"{name} is an event already; a name is taken for good")
    if names.thing == "loan" or not (workplace.root / domain / "kind.py").exists():
        raise BadNameError(
            f"{name} is written by hand: {domain} is not a stream of its own that takes further"
            " events. One of a loan's stream lies in its word, see the end of 'An event' in"
            " CONTRIBUTING.md"
        )


def _like(routes: str, decide: str, thing: str) -> dict[str, str]:
    """What is taken over from the last way in, of those with the narrowest right, whose command is
    refused on one ground alone, that of a state.

    Raises:
        NoPlaceError: there is none.
    """
    found = []
    for each in source.arguments_of(routes, "router.post"):
        command = each.get("refuses", "").removeprefix("refusals(").removesuffix(")")
        grounds = source.entry_of(decide, "REFUSALS", command)
        ground = grounds.removeprefix("frozenset({").removesuffix("})")
        demands = source.calls_in_case(decide, "decide", command, "check_in")
        if ground.isidentifier() and len(demands) == 1 and demands[0][0] == thing:
            states = ", ".join(demands[0][1:])
            found.append({**each, "grounds": grounds, "ground": ground, "states": states})
    if not found:
        raise NoPlaceError(f"no command on a {thing} is refused for its state alone")
    takes = source.first_parameter(decide, "decide")
    if takes not in _TEST_TAKES:
        raise NoPlaceError(f"decide takes a {takes} first, which a test does not know how to make")
    like = min(reversed(found), key=lambda each: _reach(each["right"]))
    kept = ("right", "example", "grounds", "ground", "states")
    return {**{name: like[name] for name in kept}, "file": _TEST_TAKES[takes]}


def _reach(right: str) -> tuple[int, int]:
    """How many roles a right reaches something for, and for how many of them everything."""
    reaches = [reach_of(role, Right[right.removeprefix("Right.")]) for role in PEOPLE]
    return len(reaches) - reaches.count(Reach.NONE), reaches.count(Reach.ALL)
