"""Everything that happened, by loan and by stream."""
