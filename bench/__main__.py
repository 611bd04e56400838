"""``python -m bench``: the same as ``drawbridge bench``."""

from bench.command import app

if __name__ == "__main__":
    app()
