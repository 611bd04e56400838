"""``make new``: write what a new event, read model, figure or capability begins with."""
