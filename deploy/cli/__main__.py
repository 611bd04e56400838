"""``python -m deploy.cli``: the command line without its entry point on the PATH."""

from deploy.cli import main

main()
