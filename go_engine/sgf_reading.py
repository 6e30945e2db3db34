"""Reading game records (SGF, FF[1] to FF[4]), through sgfmill: one game or many, main lines or all.

Every move is played on a `GameState`, so what comes back was legal under the record's rules.
sgfmill is imported when a function first needs it.

Rules are taken from `RU` in the notation KataGo reads and writes, such as
`koPOSITIONALscoreAREAtaxNONEsui0`; the customary names mean what KataGo takes them for (so
`Chinese` is simple ko, as played).
"""

from __future__ import annotations

import contextlib
import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from go_engine.coords import move_to_vertex
from go_engine.rules import BLACK, MAX_SIZE, MIN_SIZE, WHITE, KoRule, Rules, Scoring
from go_engine.state import GameState, IllegalMoveError

__all__ = ["SgfError", "SgfGame", "encodable", "read_collection", "read_sgf", "read_variations"]

_COLORS: Final = {"b": BLACK, "w": WHITE}
_NAMES: Final = {BLACK: "Black", WHITE: "White"}
_KO_NAMES: Final[dict[str, KoRule]] = {
    "SIMPLE": "simple",
    "POSITIONAL": "positional",
    "SITUATIONAL": "situational",
}
_RULES_TEXT: Final = re.compile(
    r"ko(SIMPLE|POSITIONAL|SITUATIONAL)(?:score(AREA|TERRITORY))?(?:.*?sui([01]))?.*", re.DOTALL
)
_TERRITORY_RULES: Final = ("japanese", "korean")
_NAMED_RULES: Final[dict[str, tuple[KoRule, bool]]] = {
    "tromp-taylor": ("positional", True),
    "nz": ("situational", True),
    "new zealand": ("situational", True),
    "aga": ("situational", False),
    "cgos": ("positional", False),
    "chinese": ("simple", False),
    "chinese-kgs": ("positional", False),
    "chinese-ogs": ("positional", False),
    "japanese": ("simple", False),
    "korean": ("simple", False),
}

_MAX_GAME_BYTES: Final = 1 << 24
_TOKENS: Final = re.compile(rb"\\.|[\[\]()]", re.DOTALL)
_ROOT_LINE: Final = re.compile(rb"\s*\(\s*;\s*(?:FF|GM|SZ|CA|AP)\s*\[")


class SgfError(ValueError):
    """A record that cannot be read; the message is one line that says where it broke."""


@dataclass(frozen=True, slots=True, eq=False)
class SgfGame:
    """One line of play of a record.

    Attributes:
        rules: size, komi, ko, suicide and scoring rule, where the record names them.
        stones: `int8 [N, N]`, the position before the first move (1 Black, -1 White, 0 empty).
        to_play: who makes the first move.
        moves: the moves, passes included; legal one after the other, and none after the end.
        result: as written, such as `"B+3.5"`, `"W+R"`, `"0"`; empty if the record has none.
        black, white: the players' names; empty if unknown.
        black_rank, white_rank: such as `"5p"` or a rating; empty if unknown.
        comments: by number of moves played: 0 is the start, `len(moves)` the end.
    """

    rules: Rules
    stones: NDArray[np.int8]
    to_play: int
    moves: tuple[int, ...]
    result: str = ""
    black: str = ""
    white: str = ""
    black_rank: str = ""
    white_rank: str = ""
    comments: Mapping[int, str] = field(default_factory=dict)

    @property
    def winner(self) -> int | None:
        """1 Black, -1 White, 0 a draw, None if the result does not say."""
        text = self.result.strip().upper()
        if text in ("0", "DRAW"):
            return 0
        return {"B+": BLACK, "W+": WHITE}.get(text[:2])

    def start(self) -> GameState:
        """A new game in the position before the first move."""
        if self.to_play == BLACK and not self.stones.any():
            return GameState(self.rules)
        return GameState.from_stones(self.rules, self.stones, self.to_play)

    def end(self) -> GameState:
        """A new game in which all moves have been played."""
        state = self.start()
        for move in self.moves:
            state.play_unchecked(move)
        return state


def encodable(text: str) -> str:
    """Text that UTF-8 can hold: a lone surrogate (of a file name, say) becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def read_sgf(text: str | bytes, default: Rules | None = None) -> SgfGame:
    """The main line of the first game in `text`, every move checked against its rules.

    Passes after the end of the game are dropped (records of three passes are common).

    Args:
        text: SGF; bytes are decoded as their CA property says (Latin-1 where it is missing).
        default: komi, ko, suicide and scoring rule of a record that does not name them.

    Raises:
        SgfError: if the text is no SGF, is not a game of Go on a board from 2x2 to 19x19, holds a
            move that the rules forbid or that is out of turn, or sets up stones in mid-game.
    """
    return next(read_variations(text, default))


def read_variations(text: str | bytes, default: Rules | None = None) -> Iterator[SgfGame]:
    """Every line of play in the first game of `text`, from the start to a leaf, the main one first.

    Lines share their beginnings. They come in the order of the record's tree, and each is checked
    as `read_sgf` checks the main line; a broken one ends the reading.

    Raises:
        SgfError: as `read_sgf`, when the line at fault is reached.
    """
    from sgfmill.sgf import Sgf_game

    try:
        game = (
            Sgf_game.from_string(encodable(text))
            if isinstance(text, str)
            else Sgf_game.from_bytes(text)
        )
        rules = _read_rules(game, default or Rules())
        for nodes in _lines_of_play(game.get_root()):
            yield _Line(rules).read(nodes)
    except SgfError:
        raise
    except (ValueError, LookupError) as error:
        raise SgfError(f"not a readable SGF: {' '.join(str(error).split())[:120]}") from error


def _lines_of_play(root: Any) -> Iterator[list[Any]]:
    """The nodes from the root to each leaf, first variations first; without recursion, for games
    are long."""
    path: list[Any] = []
    waiting = [(0, root)]
    while waiting:
        depth, node = waiting.pop()
        del path[depth:]
        path.append(node)
        children = list(node)
        if not children:
            yield list(path)
        waiting += [(depth + 1, child) for child in reversed(children)]


def _read_rules(game: Any, default: Rules) -> Rules:
    root = game.get_root()
    size = game.get_size()
    if root.has_property("GM") and root.get("GM") != 1:
        raise SgfError("not a game of Go (GM is not 1)")
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise SgfError(f"board size {size}; only {MIN_SIZE} to {MAX_SIZE} can be played")
    komi = root.get("KM") if root.has_property("KM") else default.komi
    text = root.get("RU").strip() if root.has_property("RU") else ""
    ko, suicide = _NAMED_RULES.get(text.lower(), (default.ko, default.allow_suicide))
    scoring: Scoring = default.scoring
    if text.lower() in _NAMED_RULES:
        scoring = "territory" if text.lower() in _TERRITORY_RULES else "area"
    if match := _RULES_TEXT.fullmatch(text):
        ko = _KO_NAMES[match[1]]
        scoring = "territory" if match[2] == "TERRITORY" else "area"
        suicide = match[3] == "1"
    return Rules(size, komi, ko, suicide, scoring)


def _from_point(point: tuple[int, int] | None, size: int) -> int:
    return size * size if point is None else (size - 1 - point[0]) * size + point[1]


def _placed_handicap(nodes: Sequence[Any]) -> list[Any]:
    """The nodes in which Black places handicap stones one by one, as some servers write them: `HA`
    promises n of them, none is set up, and the first n moves are Black's. Otherwise none."""
    root = nodes[0]
    count = root.get("HA") if root.has_property("HA") else 0
    moving = [node for node in nodes if node.get_move()[0] is not None][: count + 1]
    placed = moving[:count]
    if count < 2 or len(placed) < count or any(node.has_setup_stones() for node in nodes):
        return []
    points = [node.get_move()[1] for node in placed]
    all_black = all(node.get_move()[0] == "b" for node in placed)
    white_follows = len(moving) == count or moving[count].get_move()[0] == "w"
    is_sound = None not in points and len(set(points)) == count
    return placed if all_black and white_follows and is_sound else []


class _Line:
    """Collects a record node by node: set-up first, then moves on a game state."""

    def __init__(self, rules: Rules) -> None:
        size = rules.board_size
        self.rules = rules
        self.stones = np.zeros((size, size), np.int8)
        self.first_player: int | None = None  # as PL says
        self.state: GameState | None = None  # None until the first move
        self.comments: dict[int, str] = {}

    def read(self, nodes: Sequence[Any]) -> SgfGame:
        """The line that `nodes`, the root first, make."""
        root = nodes[0]
        placed = _placed_handicap(nodes)
        for node in nodes:
            self._add_setup(node)
            if node in placed:
                self.stones.flat[_from_point(node.get_move()[1], self.rules.board_size)] = BLACK
            else:
                self._add_move(node)
            self._add_comment(node)
        state = self.state or self._begin(self.first_player or self._usual_first_player())
        names = ("RE", "PB", "PW", "BR", "WR")
        texts = {name: root.get(name) if root.has_property(name) else "" for name in names}
        return SgfGame(
            rules=self.rules,
            stones=self.stones,
            to_play=state.initial_to_play,
            moves=state.history,
            result=texts["RE"],
            black=texts["PB"],
            white=texts["PW"],
            black_rank=texts["BR"],
            white_rank=texts["WR"],
            comments=self.comments,
        )

    def _usual_first_player(self) -> int:
        """White after handicap stones (black ones alone), otherwise Black."""
        handicap = (self.stones == BLACK).any() and not (self.stones == WHITE).any()
        return WHITE if handicap else BLACK

    def _begin(self, first_player: int) -> GameState:
        if first_player == BLACK and not self.stones.any():
            return GameState(self.rules)
        try:
            return GameState.from_stones(self.rules, self.stones, first_player)
        except ValueError as error:
            raise SgfError(f"the set-up position is no position: {error}") from error

    def _add_setup(self, node: Any) -> None:
        if node.has_property("PL"):
            self.first_player = _COLORS[node.get("PL")]
        if not node.has_setup_stones():
            return
        if self.state is not None:
            raise SgfError(f"stones are set up after move {self.state.move_count}")
        black, white, empty = node.get_setup_stones()
        for color, points in ((0, empty), (BLACK, black), (WHITE, white)):
            for point in points:
                self.stones.flat[_from_point(point, self.rules.board_size)] = color

    def _add_move(self, node: Any) -> None:
        letter, point = node.get_move()
        if letter is None:
            return
        color = _COLORS[letter]
        if self.state is None:
            self.state = self._begin(color)
        state, size = self.state, self.rules.board_size
        move = _from_point(point, size)
        if state.is_over and move == size * size:
            return
        wrong = ""
        if color != state.to_play:
            wrong = f"it is {_NAMES[state.to_play]}'s turn"
        else:
            try:
                state.play(move)
            except IllegalMoveError as error:
                wrong = error.reason
        if wrong:
            number, vertex = state.move_count + 1, move_to_vertex(move, size)
            raise SgfError(f"move {number} ({_NAMES[color]} {vertex}): {wrong}")

    def _add_comment(self, node: Any) -> None:
        if not node.has_property("C"):
            return
        count = self.state.move_count if self.state else 0
        before = self.comments.get(count)
        text = node.get("C")
        self.comments[count] = text if before is None else f"{before}\n{text}"


# ---------------------------------------------------------------- reading many games


def read_collection(
    path: str | Path,
    default: Rules | None = None,
    on_error: Callable[[SgfError], None] | None = None,
) -> Iterator[SgfGame]:
    """The games of a file, one after the other: many in a row, one a line, or a single one.

    A path ending in `.xz` is decompressed while it is read. A game that breaks off does not take
    the next one with it, if that begins on a line of its own.

    Args:
        path: the file.
        default: as in `read_sgf`.
        on_error: called with the error of each broken game, which is then left out; None raises.

    Raises:
        SgfError: for a broken game (its number counted from 1), a file without any game, or a
            broken `.xz`.
        OSError: if the file cannot be read.
    """
    path = Path(path)
    number = 0
    for number, text in enumerate(_split(_lines(path)), start=1):
        try:
            if len(text) > _MAX_GAME_BYTES:
                raise SgfError(f"longer than {_MAX_GAME_BYTES >> 20} MB")
            game = read_sgf(text, default)
        except SgfError as error:
            named = SgfError(f"{path.name}, game {number}: {error}")
            if on_error is None:
                raise named from error
            on_error(named)
            continue
        yield game
    if number == 0:
        raise SgfError(f"{path.name}: no SGF game in it")


def _lines(path: Path) -> Iterator[bytes]:
    """Lines of a file, none longer than a little above the longest game allowed."""
    with path.open("rb") as raw, contextlib.ExitStack() as stack:
        file: Any = stack.enter_context(lzma.open(raw)) if path.suffix == ".xz" else raw
        try:
            while line := file.readline(_MAX_GAME_BYTES + 1):
                yield line
        except (lzma.LZMAError, EOFError) as error:
            raise SgfError(f"{path.name}: a broken .xz file ({error})") from error


def _split(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The text of each game. Looks at brackets only; what stands between games is skipped."""
    game = bytearray()
    depth, in_value = 0, False
    for line in lines:
        if depth and _ROOT_LINE.match(line):  # the game before it broke off
            yield bytes(game)
            game.clear()
            depth, in_value = 0, False
        start = 0
        for token in _TOKENS.finditer(line):
            symbol = token[0]
            if in_value:
                in_value = symbol != b"]"
            elif symbol == b"(":
                if depth == 0:
                    start = token.start()
                depth += 1
            elif symbol == b")" and depth:
                depth -= 1
                if depth == 0:
                    yield bytes(game + line[start : token.end()])
                    game.clear()
            elif symbol == b"[" and depth:
                in_value = True
        if depth and len(game) <= _MAX_GAME_BYTES:
            game += line[start:]
    if depth:
        yield bytes(game)
