"""``make new KIND=event NAME=draw.inspected``: write it, and say what was made and what was edited."""

import argparse
import subprocess
import sys
from pathlib import Path

from tools.new import capability, event, figure, read_model
from tools.new.names import BadNameError, EventNames
from tools.new.source import NoPlaceError
from tools.new.workplace import Workplace

PAGES = ("rights", "refusals")
"""What the code says and ``docs`` shows on a page."""


def main() -> int:
    """Write what is asked for; 2 where it cannot be, with nothing written."""
    given = _arguments()
    workplace = Workplace(Path.cwd())
    to_decide: list[str] = []
    try:
        match given.kind:
            case "event":
                to_decide = event.add(workplace, EventNames.of(given.name, given.command))
            case "read-model":
                read_model.add(workplace, given.name, given.of)
            case "figure":
                to_decide = figure.add(workplace, given.name)
            case "capability":
                capability.add(workplace, given.name)
    except (BadNameError, NoPlaceError) as error:
        print(error, file=sys.stderr)
        return 2
    told = [f"made      {name}" for name in workplace.made]
    told += [f"edited    {name}" for name in workplace.edited]
    workplace.write()
    told += [f"generated {name}" for name in _generated()]
    print("\n".join([*told, *(f"decide    {each}" for each in to_decide)]))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make new", description=__doc__)
    parser.add_argument("kind", choices=("event", "read-model", "figure", "capability"))
    parser.add_argument("name")
    parser.add_argument("--command", help="an event's command, where it does not follow from it")
    parser.add_argument("--of", help="the event that a read model lists")
    return parser.parse_args()


def _generated() -> list[str]:
    """Bring up what is generated; the files that are new or changed."""
    # A file of another event that no longer fits fails `make golden`, and says so; it fails no addition.
    changed = [f"tests/golden/{name}" for name in _run("tests.golden", check=False).split()]
    for name in PAGES:
        page, text = Path(f"docs/{name.upper()}.md"), _run("deploy.cli", "export", name, check=True)
        if page.read_text() != text:
            page.write_text(text)
            changed.append(str(page))
    return changed


def _run(*order: str, check: bool) -> str:
    # Another process, because this one knows the code as it was before.
    done = subprocess.run(
        [sys.executable, "-m", *order], check=check, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
