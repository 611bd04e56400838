"""The folder embedded servers keep everything in, held by one process at a time."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from local.embedded.errors import DataFolderInUseError, EmbeddedError, EmbeddedRefusedError
from runtime.settings import Environment


class DataFolder:
    """A folder with a lock that the kernel gives back when its holder dies, however it dies."""

    def __init__(self, path: Path, *, environment: Environment = Environment.DEVELOPMENT) -> None:
        """Name the folder.

        Raises:
            EmbeddedRefusedError: this is production.
        """
        if environment is Environment.PRODUCTION:
            raise EmbeddedRefusedError(
                "Embedded servers are not for production: set DRAWBRIDGE_DATABASE_URL and "
                "DRAWBRIDGE_KAFKA_BOOTSTRAP to real ones."
            )
        self.path = path.expanduser().resolve()
        self._lock: int | None = None

    @property
    def logs(self) -> Path:
        """Where every server and process writes its log."""
        return self.path / "logs"

    def __enter__(self) -> Self:
        """Create the folder where needed and take it.

        Raises:
            DataFolderInUseError: another process holds it.
            EmbeddedError: it cannot be written.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise EmbeddedError(f"Cannot write to {self.path}: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(lock, 32).decode().strip() or "unknown"
            os.close(lock)
            raise DataFolderInUseError(
                f"{self.path} is in use by process {holder}: stop it, or choose another folder "
                "with --data-dir."
            ) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the folder back; the lock file stays, for removing it would race with a taker."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def held(self) -> bool:
        """Whether we hold it."""
        return self._lock is not None

    def demand_held(self) -> None:
        """Insist that the folder is ours before anything in it is touched.

        Raises:
            EmbeddedError: it was not entered.
        """
        if not self.held:
            raise EmbeddedError(f"Take the folder first: with DataFolder({str(self.path)!r}): …")
