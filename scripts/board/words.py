"""Sentences about a game, for people."""

from __future__ import annotations

from typing import Final

from agents.base import RESIGN, Decision
from go_engine import BLACK, WHITE, GameState
from go_engine.coords import move_to_vertex
from go_engine.settling import settled_points, settled_score

__all__ = [
    "COLOR_NAMES",
    "as_sentence",
    "dead_stones",
    "error_sentence",
    "outcome",
    "printable",
    "score",
    "spoken_board",
    "spoken_move",
    "stones_lost",
    "surroundings",
    "thoughts",
    "vertex_name",
    "why_illegal",
]

COLOR_NAMES: Final = {BLACK: "Black", WHITE: "White"}

_ILLEGAL: Final = {
    "occupied": "there is already a stone on {}",
    "suicide": "{} would be suicide: the stone would have no liberty",
    "ko": "{} would take the ko back at once; play elsewhere first",
    "superko": "{} would repeat an earlier position, which superko forbids",
    "game over": "the game is over",
}


def printable(text: str, lines: bool = False) -> str:
    """`text` without anything that could move a cursor, change a colour or ring a bell; in one
    line, or with its line breaks if `lines`."""
    rows = text.splitlines() if lines else [" ".join(text.split())]
    return "\n".join("".join(c if c.isprintable() else "?" for c in row) for row in rows)


def why_illegal(vertex: str, reason: str) -> str:
    """What an `IllegalMoveError.reason` means."""
    return _ILLEGAL.get(reason, "{} is illegal (" + reason + ")").format(vertex)


def vertex_name(move: int, size: int) -> str:
    """The vertex of a move, `pass` or `resign`."""
    return "resign" if move == RESIGN else move_to_vertex(move, size)


def dead_stones(state: GameState, dead: frozenset[int]) -> str:
    """Which chains are taken off before the count, in one line, each named by its first stone."""
    named = []
    for chain in sorted(state.board.chains(BLACK) + state.board.chains(WHITE)):
        if chain[0] in dead:
            more = f" and {len(chain) - 1} more" if len(chain) > 1 else ""
            named.append(vertex_name(chain[0], state.rules.board_size) + more)
    return ", ".join(named) or "none"


def score(state: GameState, dead: frozenset[int] = frozenset()) -> str:
    """The count of the position without the stones on `dead`, in one line."""
    black, white = settled_points(state, dead)
    komi = state.rules.komi
    margin = black - white - komi
    ahead = "even" if margin == 0 else f"{COLOR_NAMES[1 if margin > 0 else -1]} is ahead"
    by = "" if margin == 0 else f" by {_points(abs(margin))}"
    return f"Black {black}, White {white} and {komi:g} komi: {ahead}{by}"


def outcome(
    state: GameState,
    dead: frozenset[int],
    resigned: int | None,
    human: int,
    on_time: bool = False,
) -> str:
    """How the game ended and for whom (`human` 0: for nobody here), in one line; `dead` stones do
    not count."""
    if resigned is not None:
        how = "runs out of time" if on_time else "resigns"
        said = f"{COLOR_NAMES[resigned]} {how}; {COLOR_NAMES[-resigned]} wins."
        return f"{said} {_for_you(-resigned, human)}".rstrip()
    margin = settled_score(state, dead) - state.rules.komi
    counted = score(state, dead).partition(":")[0]
    if margin == 0:
        return f"The game is a draw ({counted})."
    winner = BLACK if margin > 0 else WHITE
    said = f"{COLOR_NAMES[winner]} wins by {_points(abs(margin))} ({counted})."
    return f"{said} {_for_you(winner, human)}".rstrip()


def _for_you(winner: int, human: int) -> str:
    return "" if human == 0 else "You win!" if winner == human else "You lose."


def thoughts(decision: Decision) -> str:
    """What the mover expects, as far as it has an opinion; empty otherwise."""
    expects = []
    if decision.value is not None:
        expects.append(f"to win with probability {decision.value:.0%}")
    if decision.score is not None:
        side = "ahead" if decision.score >= 0 else "behind"
        expects.append(f"to end {abs(decision.score):.1f} points {side}")
    return f"It expects {' and '.join(expects)}." if expects else ""


def _points(number: float) -> str:
    return "1 point" if number == 1 else f"{number:g} points"


def error_sentence(error: Exception) -> str:
    """An error's message as a sentence in one printable line."""
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    else:
        text = str(error)
    text = printable(text)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


# ---------------------------------------------------------------- to be spoken

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def as_sentence(line: str) -> str:
    """A line of a list or a table as a sentence: no dash before it, a full stop behind it."""
    text = " ".join(line.split()).removeprefix("- ")
    if not text or "/" in text.split()[-1]:  # a file's name is to be read as it is
        return text
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.:?!' else '.'}"


def stones_lost(count: int) -> str:
    """`two stones`, `one stone`, `12 stones`."""
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{number} stone{'' if count == 1 else 's'}"


def spoken_move(color: int, move: int, size: int, taken: int, mine: bool) -> str:
    """A move as a screen reader should say it, such as `White plays E5. You lose two stones.`"""
    name = vertex_name(move, size)
    if name == "resign":
        return f"{COLOR_NAMES[color]} resigns."
    said = f"{COLOR_NAMES[color]} {'passes' if name == 'pass' else f'plays {name}'}."
    if taken:
        said += f" You {'take' if mine else 'lose'} {stones_lost(taken)}."
    return said


def spoken_board(state: GameState) -> str:
    """The stones row by row from the top, rows without stones left out."""
    size, stones = state.rules.board_size, state.stones()
    rows = []
    for r in range(size):
        parts = []
        for color in (BLACK, WHITE):
            named = [
                move_to_vertex(r * size + c, size) for c in range(size) if stones[r, c] == color
            ]
            if named:
                parts.append(f"{COLOR_NAMES[color]} {', '.join(named)}")
        if parts:
            rows.append(f"Row {size - r}: {'; '.join(parts)}.")
    return "\n".join(rows) or "The board is empty."


def surroundings(state: GameState, point: int) -> str:
    """What stands on a point and around it, and its chain's liberties, in sentences."""
    size, stones = state.rules.board_size, state.stones().ravel()
    names = {0: "empty", BLACK: "Black", WHITE: "White"}
    said = f"{move_to_vertex(point, size)}: {names[int(stones[point])]}."
    chain = state.board.chain(point) if stones[point] else []
    if chain:
        liberties = [move_to_vertex(p, size) for p in state.board.liberties(point)]
        count = len(liberties)
        said += f" A chain of {stones_lost(len(chain))} with {count} "
        said += f"{'liberty' if count == 1 else 'liberties'}: {', '.join(liberties)}."
    near = [(name, point + step) for name, step, fits in _around(point, size) if fits]
    return said + " " + ", ".join(f"{name} {names[int(stones[p])]}" for name, p in near) + "."


def _around(point: int, size: int) -> tuple[tuple[str, int, bool], ...]:
    row, column = divmod(point, size)
    return (
        ("above", -size, row > 0),
        ("below", size, row < size - 1),
        ("left", -1, column > 0),
        ("right", 1, column < size - 1),
    )
