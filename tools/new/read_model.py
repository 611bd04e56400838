"""A new read model: every event of one name, in a list a loan."""

import domain.capabilities  # noqa: F401  # fills the catalogue
from domain.access import Right
from domain.events.catalogue import CATALOGUE
from tools.new.names import BadNameError, checked, class_name
from tools.new.workplace import Workplace


def add(workplace: Workplace, name: str, of: str | None) -> None:
    """Write the read model.

    Args:
        workplace: where.
        name: of the read model, its table and its route.
        of: the stored name of the events that it lists.

    Raises:
        BadNameError: there is no such event, or that is no name.
        NoPlaceError: it is there.
    """
    if of is None:
        raise BadNameError(f"{name} lists the events of one name; say which: OF=draw.inspected")
    if of not in CATALOGUE:
        raise BadNameError(
            f"{of} is no event that is recorded; OF= takes a name like draw.approved"
        )
    event = CATALOGUE.named(of).cls
    word = event.__module__.split(".")[1]
    workplace.make(
        "read_model",
        {
            "name": checked(name, "draw_inspections"),
            "NAME": name.upper(),
            "Name": class_name(name),
            "path": name.replace("_", "-"),
            "event": of,
            "Event": event.__name__,
            "module": event.__module__,
            "tag": word.replace("_", " "),
            "right": getattr(Right, f"{word.upper()}_READ", Right.LOANS_READ).name,
        },
    )
