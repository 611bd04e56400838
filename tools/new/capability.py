"""A new capability with a stream of its own: tasks, something to do about a loan, and who does it.

Each is created, assigned, completed and listed. From there on it is yours.
"""

from collections.abc import Mapping
from functools import partial
from string import Template

from tools.new import source
from tools.new.names import BadNameError, class_name, singular
from tools.new.workplace import Workplace

_BESIDE = '"domain.draws | '
"""Where it lies among the layers of the domain: beside draws, above the loan that it is about."""


def add(workplace: Workplace, name: str) -> None:
    """Write the capability.

    Raises:
        BadNameError: it is not what is written, ``tasks``.
        NoPlaceError: it is there, or what it is to be named in has not the shape that is written to.
    """
    if name != "tasks":
        raise BadNameError(
            f"what is written are tasks, and not {name}: make new KIND=capability NAME=tasks, and make"
            " of it what you need before its first event is recorded; names of events are for good"
        )
    thing = singular(name)
    filled = {
        "thing": thing,
        "things": name,
        "Thing": class_name(thing),
        "Things": class_name(name),
        "THING": thing.upper(),
        "THINGS": name.upper(),
    }
    workplace.make("capability", filled)
    workplace.edit(
        "domain/capabilities.py",
        partial(source.with_item, name="KINDS", item=thing.upper()),
        lambda text: source.with_import(text, f"domain.{name}.kind", thing.upper()),
    )
    workplace.edit("domain/RULES.md", lambda text: f"{text.rstrip()}\n\n{_rule(filled)}")
    read, write = f"{name.upper()}_READ", f"{name.upper()}_WRITE"
    workplace.edit(
        "domain/access.py",
        partial(source.with_field, cls="Right", field=f'{read} = "{name}.read"'),
        partial(source.with_field, cls="Right", field=f'{write} = "{name}.write"'),
        partial(
            source.with_entry,
            name="MATRIX",
            entry=f'Right.{read}: _row("See {name}.", *_LENDING, Role.AUDITOR, own=_BUILDER),',
        ),
        partial(
            source.with_entry,
            name="MATRIX",
            entry=f'Right.{write}: _row("Give {name}, and say that they are done.", *_LENDING),',
        ),
    )
    workplace.edit(
        "pyproject.toml",
        partial(source.with_text, after=_BESIDE, addition=f"domain.{name} | "),
    )


def _rule(filled: Mapping[str, str]) -> str:
    """What the rules say of it, under the heading that its grounds name."""
    return Template(
        """## $Things

| Rule | Code | Source |
|---|---|---|
| A $thing is created once; again under its id it says the same | `${THING}_EXISTS` | – |
| What is done is done, on one day and by whoever was named last | `${THING}_NOT_OPEN` | – |

Held in `$things/decide.py`.
"""
    ).substitute(filled)
