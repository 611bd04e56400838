"""The commands of this room: one file a group; each has an ``app`` that the command line finds."""
