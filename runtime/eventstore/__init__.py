"""The event store: the only truth, and the only place that knows the `eventsourcing` library."""
