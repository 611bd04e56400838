"""``python -m bench``: the same as ``drawbridge bench``."""

import typer

from deploy.cli.bench import bench

if __name__ == "__main__":
    typer.run(bench)
