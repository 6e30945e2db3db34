"""Which key does what on the full screen, and how the help says it."""

from __future__ import annotations

from typing import Final

__all__ = ["HELP", "KEYS"]

KEYS: Final[tuple[tuple[str, str, str, bool], ...]] = (
    ("question_mark,f1", "help", "Help", True),
    ("i", "do('hint')", "Hint", True),
    ("w", "do('why')", "Why", True),
    ("t", "do('think')", "Think along", True),
    ("p", "do('pass')", "Pass", True),
    ("u", "do('undo')", "Undo", True),
    ("n", "new", "New", True),
    ("q", "leave", "Quit", True),
    ("ctrl+c", "leave", "Quit", False),
    ("ctrl+q", "leave", "Quit", False),
    ("x", "resign", "Resign", False),
    ("z", "do('swap')", "Swap colours", False),
    ("m", "do('move_now')", "Let the bot move", False),
    ("s", "do('score')", "Score", False),
    ("v", "do('review')", "Review", False),
    ("y", "do('agree')", "Agree on dead stones", False),
    ("o", "do('play_on')", "Play on", False),
    ("left_square_bracket", "line(-1)", "One move less of the line", False),
    ("right_square_bracket", "line(1)", "One move more of the line", False),
    ("comma,pageup", "step(-1)", "One move back", False),
    ("full_stop,pagedown", "step(1)", "One move forward", False),
    ("less_than_sign,home", "step(-10000)", "To the start", False),
    ("greater_than_sign,end", "step(10000)", "To the end", False),
    ("ctrl+s", "save", "Save a copy", False),
    ("ctrl+o", "load", "Load a game", False),
)
"""Keys, action, words, and whether the lowest row shows them. Columns of the board begin a vertex
and cannot be keys: a to h and j."""

HELP: Final = (
    ("Playing", (
        ("click", "play there"),
        ("arrows, hjkl", "move the cursor; Enter or Space plays"),
        ("e5", "type a vertex to go there (H, J … as capitals)"),
        ("p", "pass; two passes end the game"),
        ("u", "undo: take back your move and the bot's answer"),
        ("x", "resign"),
        ("n", "new game: level, colour, size, handicap, clocks"),
        ("z", "swap colours with the bot"),
        ("m", "let the bot make this move"),
    )),
    ("At the end", (
        ("click, Enter", "call a stone dead, or alive again"),
        ("y / o", "agree on the dead stones / play on instead"),
        ("v", "review: the three moves that cost most"),
    )),
    ("Learning", (
        ("i", "hint: what both players would play, and why"),
        ("w", "why: what they say about the last move"),
        ("t", "think along: good moves and chances, live"),
        ("[ ]", "step through the line that is expected"),
        ("s", "who is ahead: the count, and the network's estimate"),
        ("1 2 3 4 0", "see: policy, ownership, told player, ataris and ladders, nothing"),
    )),
    ("Looking back and files", (
        (", .  < >", "one move back, forward; to the start, the end"),
        ("Tab", "the next variation of the move shown"),
        ("ctrl+s", "save a copy: .sgf, or the board as .svg or .txt"),
        ("ctrl+o", "load a game (SGF)"),
        ("ctrl+p", "every command by name, boards and themes too"),
        ("q", "quit; the game is kept: untold play --resume goes on"),
    )),
)  # fmt: skip
