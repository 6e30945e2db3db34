"""A tournament's folder: its lock, its settings and its append-only file of games.

`results.jsonl` has one line a game, each on disk before the next game is counted:

    {"crc32":"1c291ca3","length":1234,"record":{...}}

`length` and `crc32` are those of the record's bytes as they stand in the line. A process killed
while writing leaves a torn last line: it is cut off when the file is opened again. A damaged line
in the middle (a bad disk, an editor) is left out and its game played again.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from agents.arena.records import GameRecord
from agents.files import sync_folder

__all__ = ["ResultsFile", "TournamentError", "merged_records", "read_json"]

_LINE: Final = re.compile(rb'\{"crc32":"([0-9a-f]{8})","length":([0-9]{1,9}),"record":(.*)\}')


class TournamentError(ValueError):
    """A tournament cannot start or go on; the message is one line a person can act on."""


class ResultsFile:
    """The games played so far, and the place where the next one is written.

    Attributes:
        records: the games read when the file was opened, then those appended; each game once.
        notes: what was wrong with the file when it was opened, one line each; usually empty.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file, cutting off a torn tail.

        Raises:
            OSError: if it cannot be read or written.
        """
        self.path = path
        self.records: list[GameRecord] = []
        self.notes: list[str] = []
        is_new = not path.exists()
        self._file: BinaryIO = path.open("a+b")
        self._read()
        if is_new:
            sync_folder(path.parent)

    def append(self, record: GameRecord) -> None:
        """Add a game; it is on the disk when this returns."""
        payload = json.dumps(record.to_json(), separators=(",", ":")).encode()
        head = f'{{"crc32":"{zlib.crc32(payload):08x}","length":{len(payload)},"record":'
        self._file.write(head.encode() + payload + b"}\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records.append(record)

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._file.close()

    def _read(self) -> None:
        self._file.seek(0)
        *lines, tail = self._file.read().split(b"\n")
        parsed = [_parse(line) for line in lines]
        while parsed and parsed[-1] is None:
            parsed.pop()
        good_bytes = sum(len(line) + 1 for line in lines[: len(parsed)])
        torn = sum(len(line) + 1 for line in lines[len(parsed) :]) + len(tail)
        if torn:
            self.notes.append(f"{self.path}: a torn end of {torn} bytes was dropped")
            self._file.truncate(good_bytes)
            os.fsync(self._file.fileno())
        known: set[str] = set()
        for number, record in enumerate(parsed, start=1):
            if record is None:
                self.notes.append(f"{self.path}: line {number} is damaged and was left out")
            elif record.game_id not in known:
                known.add(record.game_id)
                self.records.append(record)


def merged_records(paths: Iterable[Path]) -> list[GameRecord]:
    """The games of several results files, or folders that hold one, in the order given.

    The files are only read: what cannot be read of them is passed over. Games and pairs are named
    anew where there is more than one file, so that equal names do not make different games one;
    games that repeat each other are left to `pairs.distinct_games`.

    Raises:
        TournamentError: if a file does not exist or holds no game.
    """
    files = [path / "results.jsonl" if path.is_dir() else path for path in paths]
    merged: list[GameRecord] = []
    for number, path in enumerate(files, start=1):
        if not path.is_file():
            raise TournamentError(f"{path} does not exist; give a tournament's folder or its file")
        found = [record for line in path.read_bytes().split(b"\n") if (record := _parse(line))]
        if not found:
            raise TournamentError(f"{path} holds no games")
        prefix = f"{number}-" if len(files) > 1 else ""
        unique = {record.game_id: record for record in reversed(found)}
        merged += [
            dataclasses.replace(r, game_id=prefix + r.game_id, pair_id=prefix + r.pair_id)
            for r in reversed(unique.values())
        ]
    return merged


def _parse(line: bytes) -> GameRecord | None:
    """The game of one line, or None if the line is not what was written."""
    match = _LINE.fullmatch(line)
    if match is None or int(match[2]) != len(match[3]) or int(match[1], 16) != zlib.crc32(match[3]):
        return None
    try:
        return GameRecord.from_json(json.loads(match[3]))
    except ValueError:
        return None


def read_json(path: Path) -> Mapping[str, Any]:
    """The mapping in a JSON file.

    Raises:
        TournamentError: if it holds no mapping.
        OSError: if it cannot be read.
    """
    try:
        data = json.loads(path.read_bytes())
    except ValueError as error:
        raise TournamentError(f"{path} is damaged: {error}") from None
    if not isinstance(data, dict):
        raise TournamentError(f"{path} is damaged: it holds no settings")
    return data
