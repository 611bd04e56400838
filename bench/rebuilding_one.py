"""One rebuild in a process of its own, whose memory is its own: prints what it took as JSON."""

import asyncio
import json
import resource
import sys

from projectors.engine.rebuild import Options, rebuild
from projectors.registry import projections
from runtime.settings import Settings

KILOBYTE = 1 if sys.platform != "darwin" else 1024
"""What ``ru_maxrss`` counts in, in units of a kilobyte."""


def main() -> None:
    """Rebuild ``names`` (all, if none) in the database at ``url`` with so many workers."""
    url, workers, *names = sys.argv[1:]
    options = Options(workers=int(workers), restart=True)
    settings = Settings(database_url=url)
    done = asyncio.run(rebuild(settings, projections(names or None), _unheard, options))
    own = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "events": done.events,
                "events_read": done.events_read,
                "seconds": done.seconds,
                "phases": dict(done.phases),
                "coordinator_mb": own.ru_maxrss / KILOBYTE / 1024,
                "worker_mb": theirs.ru_maxrss / KILOBYTE / 1024,
                "workers_processor_seconds": theirs.ru_utime + theirs.ru_stime,
            }
        )
    )


def _unheard(_done: int, _total: int) -> None:
    pass


if __name__ == "__main__":
    main()
