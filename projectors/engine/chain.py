"""Which of the messages at hand follow one another."""

from collections.abc import Sequence

from runtime.messages import Message


def chain_after(position: int, pending: Sequence[Message]) -> list[Message]:
    """The messages that follow a position without a gap.

    Args:
        position: of an event.
        pending: of its partition, by position; some may be there twice.
    """
    chain: list[Message] = []
    for message in pending:
        if message.prev_position == position:
            chain.append(message)
            position = message.position
        elif message.position > position:
            break
    return chain
