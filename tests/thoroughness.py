"""How thoroughly a property is tried: `make check` takes a fifth of the examples of `make test`."""

import hypothesis

_EXAMPLES = 100

# What an example takes, and what it takes to make one, is the machine's doing.
hypothesis.settings.register_profile(
    "whole",
    max_examples=_EXAMPLES,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "glance", parent=hypothesis.settings.get_profile("whole"), max_examples=_EXAMPLES // 5
)
hypothesis.settings.load_profile("whole")


def examples(count: int) -> int:
    """As many as a property with a number of its own is tried on under the profile of this run.

    Args:
        count: in a whole run.
    """
    return max(1, count * hypothesis.settings().max_examples // _EXAMPLES)
