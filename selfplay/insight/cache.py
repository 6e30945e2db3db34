"""Dear answers kept in an append-only file: a second report is quick, a killed one goes on.

A line is `{"crc32": "1c291ca3", "entry": {"key": ..., "value": ...}}`; the checksum is that of the
entry's canonical JSON. A torn tail is cut off when the file is opened; a damaged line is left out
and its answer found anew.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["Cache", "read_values"]


class Cache:
    """A dictionary from JSON values to JSON values, each entry on disk once `put` returns.

    One process at a time may hold a file open (callers own the folder by a lock).

    Attributes:
        notes: what was wrong with the file when it was opened, one line each.

    Raises:
        OSError: if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self._entries: dict[str, Any] = {}
        self._file = path.open("a+b")
        self._read()

    def get(self, key: Mapping[str, Any]) -> Any:
        """The value put under an equal key, or None."""
        return self._entries.get(_canonical(key))

    @property
    def values(self) -> list[Any]:
        """All values, in the order of their keys' first lines."""
        return list(self._entries.values())

    def put(self, key: Mapping[str, Any], value: Any) -> None:
        """Keep `value`, which `json` can write; a value under the same key is replaced."""
        entry = _canonical({"key": key, "value": value})
        crc = f"{zlib.crc32(entry.encode()):08x}"
        self._file.write(f'{{"crc32": "{crc}", "entry": {entry}}}\n'.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._entries[_canonical(key)] = value

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._file.close()

    def _read(self) -> None:
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self.notes.append(f"{self.path.name}: a torn end was dropped")
            self._file.truncate(whole)
        for number, entry in _entries(content[:whole]):
            if entry is None:
                self.notes.append(f"{self.path.name}: line {number} is damaged and was left out")
            else:
                self._entries[_canonical(entry["key"])] = entry["value"]


def read_values(path: Path) -> list[Any]:
    """The values in a file that another process may be adding to, in the order of their keys'
    first lines; damaged lines and a half-written last one are left out. No file holds none.

    Raises:
        OSError: if the file is there and cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    found = _entries(content[: content.rfind(b"\n") + 1])
    values = {_canonical(entry["key"]): entry["value"] for _, entry in found if entry is not None}
    return list(values.values())


def _entries(content: bytes) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Numbered entries, None for a damaged line."""
    for number, raw in enumerate(content.splitlines(), start=1):
        yield number, _entry(raw)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _entry(raw: bytes) -> dict[str, Any] | None:
    """The entry of a line, None if it is not what was written."""
    try:
        line = json.loads(raw)
        entry: dict[str, Any] = line["entry"]
        good = f"{zlib.crc32(_canonical(entry).encode()):08x}" == line["crc32"]
        return entry if good and set(entry) == {"key", "value"} else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
