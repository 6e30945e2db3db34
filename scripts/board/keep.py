"""Keeping a game in a file while it is played, so that no ending loses a move."""

from __future__ import annotations

import contextlib
import datetime
import os
import tempfile
from pathlib import Path

__all__ = ["Keeper", "default_path", "games_folder", "write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there in full or not at all, the older one until then.

    Raises:
        OSError: naming `path`.
    """
    try:
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(part).chmod(0o644)
            Path(part).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(part).unlink()
            raise
    except OSError as error:
        raise OSError(error.errno, f"cannot write ({error.strerror})", str(path)) from None


def games_folder() -> Path:
    """Where games are kept unless the person says otherwise; perhaps not there yet."""
    base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "untold" / "games"


def default_path() -> Path:
    """A new file for a game, named by the time, in the user's own data folder.

    Raises:
        OSError: if that folder cannot be made.
    """
    folder = games_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot keep games ({error.strerror}); name a file with --save"
        raise OSError(error.errno, what, str(folder)) from None
    now = datetime.datetime.now().astimezone()
    name = f"{now:%Y-%m-%d-%H%M%S}"
    numbers = ["", *(f"-{i}" for i in range(2, 1000))]
    paths = [folder / f"{name}{number}.sgf" for number in numbers]
    return next((path for path in paths if not path.exists()), paths[0])


class Keeper:
    """The file that a game is kept in, rewritten as the game goes on."""

    def __init__(self, path: Path, *, may_replace: bool = False) -> None:
        """Check now that `path` can be written, so that a wrong one is no surprise later.

        Raises:
            OSError: if it cannot be written, or exists and is not ours to replace.
        """
        if path.is_dir():
            raise IsADirectoryError(
                21, "the game cannot be kept in a folder; name a file", str(path)
            )
        if path.exists() and not may_replace:
            raise FileExistsError(17, "there is a file already; choose another name", str(path))
        if not path.parent.is_dir():
            raise FileNotFoundError(2, "no such folder", str(path.parent))
        try:
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".untold-"):
                pass
        except OSError as error:
            what = f"cannot write there ({error.strerror})"
            raise OSError(error.errno, what, str(path)) from None
        self.path = path
        self.has_written = False

    def keep(self, text: str) -> None:
        """Write the game as it stands.

        Raises:
            OSError: naming the file.
        """
        write_whole(self.path, text)
        self.has_written = True
