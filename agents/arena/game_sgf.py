"""A tournament's game as SGF, with what the players thought and how it ended."""

from __future__ import annotations

from agents.arena.records import GameRecord
from go_engine.rules import BLACK
from go_engine.sgf import margin_string, write_sgf
from go_engine.state import GameState

__all__ = ["game_sgf", "result_text"]


def game_sgf(record: GameRecord) -> str:
    """The game as SGF text.

    Every move's comment says what its player expected and how long it took; `SBKV` holds Black's
    chances, which Sabaki draws as a graph. The opening's end and the way the game ended stand in
    comments too.
    """
    state = GameState.from_moves(record.rules, record.moves)
    last = len(record.moves)
    comments: dict[int, list[str]] = {}
    if record.opening:
        comments[record.opening] = ["The opening ends here."]
    rates: dict[int, float] = {}
    for i in range(last - record.opening):
        ply = record.opening + i
        is_black = (ply % 2 == 0) == (state.initial_to_play == BLACK)
        if said := _thoughts(record, i):
            comments.setdefault(ply + 1, []).append(f"{'Black' if is_black else 'White'}: {said}")
        value = record.values[i] if record.values else None
        if value is not None:
            rates[ply + 1] = min(1.0, max(0.0, value if is_black else 1 - value))
    ending = f"Ended by {record.ending}" + (f": {record.detail}" if record.detail else ".")
    comments.setdefault(last, []).append(ending)
    return write_sgf(
        state,
        black=record.black,
        white=record.white,
        result=result_text(record),
        comments={count: " ".join(texts) for count, texts in comments.items()},
        black_win_rates=rates,
        event=f"game {record.game_id}",
    )


def _thoughts(record: GameRecord, index: int) -> str:
    """`61.2 % to win, +3.5 points, 0.52 s`, as far as it is known."""
    said = []
    value = record.values[index] if record.values else None
    lead = record.leads[index] if record.leads else None
    if value is not None:
        said.append(f"{100 * value:.1f} % to win")
    if lead is not None:
        said.append(f"{lead:+.1f} points")
    if record.move_seconds:
        said.append(f"{record.move_seconds[index]:.2f} s")
    return ", ".join(said) + "." if said else ""


def result_text(record: GameRecord) -> str:
    """SGF's RE: `B+3`, `W+R` (resigned), `B+T` (on time), `B+F` (forfeit), `0`, `Void`."""
    if record.result is None:
        return "Void"
    if record.margin is not None:
        return margin_string(record.margin)
    how = {"resign": "R", "time": "T"}.get(record.ending, "F")
    return f"{'B' if record.result == BLACK else 'W'}+{how}"
