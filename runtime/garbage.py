"""Python's garbage collector, for processes that keep thousands of folded states."""

import gc

OBJECTS_BETWEEN = 20_000


def collect_less_often() -> None:
    """Spare the collector what never becomes garbage.

    Folded states are immutable and hold no cycles, so reference counts free them; looking through
    thousands of them time and again costs a tenth of the throughput.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN, 20, 100)
