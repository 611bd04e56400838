"""N6: debits equal credits, in each entry and at every prefix of the log."""

from collections.abc import Iterable, Iterator

from tests.faults.checker.artefacts import Artefacts, Posting


def unbalanced(found: Artefacts) -> Iterator[str]:
    """Each entry balances, on the balance sheet and off it, and so does every prefix."""
    total, memo_total = 0, 0
    for event in found.events:
        net, memo = _net(event.postings)
        if net or memo:
            yield f"{event.position} {event.type} is out of balance by {net} cents, memo {memo}"
        total, memo_total = total + net, memo_total + memo
        if total or memo_total:
            yield f"the log up to {event.position} is out by {total} cents, memo {memo_total}"


def _net(postings: Iterable[Posting]) -> tuple[int, int]:
    net = memo = 0
    for posting in postings:
        if posting.account.startswith("memo:"):
            memo += posting.debit_cents - posting.credit_cents
        else:
            net += posting.debit_cents - posting.credit_cents
    return net, memo
