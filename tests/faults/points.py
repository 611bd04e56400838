"""The named points at which a process is killed: before or after a function of it.

No hook for this is in what ships: `tests.faults.dying` wraps the function in the process it starts.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A point in the life of a process.

    Attributes:
        kind: of the process: ``api``, ``relay`` or ``projector``.
        where: the function, as ``module:qualified.name``, where it is looked up when called.
        after: whether the process dies when the function has returned, rather than before it.
        calls_max: it dies at a random one of so many calls.
        by_store: whether it comes by there only where it reads the store, having no broker.
    """

    kind: str
    where: str
    after: bool = False
    calls_max: int = 12
    by_store: bool = False


_BATCH = "runtime.eventstore.appender"
_RELAY = "relay.checkpoint"
_FOLLOWER = "projectors.engine.partition"
_ABREAST = "projectors.engine.abreast"
_COMMITTING = "projectors.engine.committing"

POINTS = {
    "command decided": Point("api", f"{_BATCH}:Appender.append"),
    "batch made": Point("api", f"{_BATCH}:parameters", after=True),
    "outcome not read": Point("api", f"{_BATCH}:outcomes"),
    "outcome not told": Point("api", "command_api.ledger:Ledger.carry_out", after=True),
    "page fetched": Point("relay", "relay.outgoing:since", after=True),
    "batch produced": Point("relay", "aiokafka:AIOKafkaProducer.send_batch", after=True),
    "page acknowledged": Point("relay", f"{_RELAY}:move"),
    "relay's checkpoint moved": Point("relay", f"{_RELAY}:move", after=True),
    "batch delivered": Point("projector", f"{_FOLLOWER}:PartitionFollower.deliver", by_store=True),
    "checkpoint not committed": Point(
        "projector", f"{_COMMITTING}:checkpoints.move", after=True, by_store=True
    ),
    "rows not committed": Point(
        "projector", f"{_COMMITTING}:apply", after=True, calls_max=20, by_store=True
    ),
    "rows committed": Point("projector", f"{_FOLLOWER}:commit", after=True, by_store=True),
    "checkpoints of many not committed": Point(
        "projector", f"{_COMMITTING}:checkpoints.move", after=True
    ),
    "rows of many not committed": Point(
        "projector", f"{_COMMITTING}:apply", after=True, calls_max=60
    ),
    "rows of many committed": Point("projector", f"{_ABREAST}:commit", after=True),
    "offset sought": Point("projector", "aiokafka:AIOKafkaConsumer.seek"),
}
