"""From the one name that is given to all that follow from it."""

import re
from dataclasses import dataclass
from keyword import iskeyword

_WORD = re.compile(r"[a-z]+(_[a-z]+)*")


class BadNameError(Exception):
    """What is given cannot be a name; the message says how one looks."""


def checked(word: str, example: str) -> str:
    """A word of small letters and underscores.

    Raises:
        BadNameError: it is none.
    """
    if not _WORD.fullmatch(word) or iskeyword(word):
        raise BadNameError(f"{word!r} is no name; one looks like {example!r}")
    return word


def class_name(word: str) -> str:
    """``late_charge`` as ``LateCharge``."""
    return "".join(part.capitalize() for part in word.split("_"))


def plural(word: str) -> str:
    """``task`` as ``tasks``, ``property`` as ``properties``."""
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|ch|sh)$", word) else f"{word}s"


def singular(words: str) -> str:
    """``tasks`` as ``task``, ``properties`` as ``property``."""
    if words.endswith("ies"):
        return f"{words[:-3]}y"
    return words[:-2] if re.search(r"(s|x|ch|sh)es$", words) else words.removesuffix("s")


def imperative(past: str) -> str:
    """``inspected`` as ``inspect``, ``approved`` as ``approve``, ``withdrawn`` unless it is told.

    Raises:
        BadNameError: it is more than a verb, or one that ends otherwise than those that can be
            guessed.
    """
    if "_" in past:
        raise BadNameError(
            f"what commands {past!r} cannot be guessed; say it: COMMAND=pause_funding"
        )
    if not past.endswith("ed"):
        raise BadNameError(f"what commands {past!r} cannot be guessed; say it: COMMAND=withdraw")
    stem = past.removesuffix("ed")
    if re.search(r"([bdgmnprt])\1$", stem):
        return stem[:-1]
    keeps_e = re.search(r"([vcsgzu]|[^aeiou][l]|[aeiou][tdk])$", stem)
    return f"{stem}e" if keeps_e and not re.search(r"ss$", stem) else stem


@dataclass(frozen=True, slots=True)
class EventNames:
    """The names that follow from ``draw.inspected``.

    Attributes:
        thing: whose stream it is on: ``draw``; ``things`` its package.
        did: what happened: ``inspected``; ``do`` what is commanded.
    """

    thing: str
    did: str
    do: str

    @classmethod
    def of(cls, name: str, command: str | None) -> "EventNames":
        """Out of the stored name, and of the command's verb where it does not follow from it.

        Raises:
            BadNameError: one of them is none.
        """
        thing, dot, did = name.partition(".")
        if not dot:
            raise BadNameError(f"{name!r} is no name of an event; one looks like 'draw.inspected'")
        for word in (thing, did):
            checked(word, "inspected")
        return cls(thing, did, checked(command or imperative(did), "inspect"))

    @property
    def things(self) -> str:
        """The package: ``draws``."""
        return plural(self.thing)

    @property
    def filled(self) -> dict[str, str]:
        """For templates: words, class names, and what is said of it in a sentence."""
        *of, verb = self.did.split("_")
        part = " ".join(of)
        return {
            "thing": self.thing,
            "things": self.things,
            "Thing": class_name(self.thing),
            "did": self.did,
            "Did": class_name(self.did),
            "do": self.do,
            "Do": class_name(self.do),
            "path": self.do.replace("_", "-"),
            "its": f"its {part} was {verb}" if part else f"it was {verb}",
            "Its": f"Its {part} was {verb}" if part else f"It was {verb}",
            "that": f"the {part} of a {self.thing} was {verb}"
            if part
            else f"a {self.thing} was {verb}",
        }
