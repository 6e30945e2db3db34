"""Files that are whole or absent whatever moment the power goes, and folders with one owner."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

__all__ = ["FolderInUseError", "FolderLock", "sync_folder", "write_atomically"]


class FolderInUseError(ValueError):
    """Another process owns the folder; the message is one line a person can act on."""


class FolderLock:
    """Sole use of a folder for as long as this process lives (or until `release`).

    The lock is the kernel's (`flock`), so it ends with the process however that ends. Works among
    processes of one machine; network file systems may not honour it.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            FolderInUseError: if another process holds it.
            OSError: if the lock file cannot be written.
        """
        self._file = (folder / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            owner = self._file.read().strip() or "unknown"
            self._file.close()
            raise FolderInUseError(f"{folder} is in use by another process ({owner})") from None
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()}\n")
        self._file.flush()

    @staticmethod
    def is_held(folder: Path) -> bool:
        """Whether some process holds the folder's lock at this moment."""
        try:
            with (folder / "lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def release(self) -> None:
        """Give the folder up. May be called twice."""
        self._file.close()

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def write_atomically(path: Path, data: bytes, durable: bool = True) -> None:
    """Put `data` at `path` in one step: a reader sees the old file or the new one, never a half.

    `durable` waits until file and name are on the disk.

    Raises:
        OSError: as the operating system says; `path` is then as it was.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names of a folder's new files survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
