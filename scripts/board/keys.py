"""Which key does what on the full screen, what line mode calls it, and how the help says it."""

from __future__ import annotations

from typing import Final

__all__ = ["HELP", "KEYS", "LETTERS"]

KEYS: Final[tuple[tuple[str, str, str, bool, str], ...]] = (
    ("question_mark,f1", "help", "Help", True, "help"),
    ("i", "do('hint')", "Hint", True, "hint"),
    ("w", "do('why')", "Why", True, "why"),
    ("t", "do('think')", "Think along", True, "analyse"),
    ("p", "do('pass')", "Pass", True, "pass"),
    ("u", "do('undo')", "Undo", True, "undo"),
    ("n", "new", "New", True, "new"),
    ("q", "leave", "Quit", True, "quit"),
    ("ctrl+c", "leave", "Quit", False, "quit"),
    ("ctrl+q", "leave", "Quit", False, "quit"),
    ("x", "resign", "Resign", False, "resign"),
    ("z", "do('swap')", "Swap colours", False, "swap"),
    ("m", "do('move_now')", "Let the bot move", False, "go"),
    ("s", "do('score')", "Score", False, "score"),
    ("v", "do('review')", "Review", False, "review"),
    ("y", "do('agree')", "Agree on dead stones", False, "agree"),
    ("o", "do('play_on')", "Play on", False, "continue"),
    ("left_square_bracket", "line(-1)", "One move less of the line", False, "line"),
    ("right_square_bracket", "line(1)", "One move more of the line", False, "line"),
    ("comma,pageup", "step(-1)", "One move back", False, "back"),
    ("full_stop,pagedown", "step(1)", "One move forward", False, "forward"),
    ("less_than_sign,home", "step(-10000)", "To the start", False, "start"),
    ("greater_than_sign,end", "step(10000)", "To the end", False, "end"),
    ("tab", "do('variation')", "The next variation", False, "variation"),
    ("shift+up", "talk(-1)", "Scroll the words up", False, "show"),
    ("shift+down", "talk(1)", "Scroll the words down", False, "show"),
    ("ctrl+s", "save", "Save a copy", False, "save"),
    ("ctrl+o", "load", "Load a game", False, "load"),
)
"""Keys, action, words, whether the lowest row shows them, and the word that line mode knows for the
same (the digits' overlays have theirs in `scene.OVERLAYS`). Columns of the board begin a vertex and
cannot be keys: a to h and j."""

LETTERS: Final = {
    key: word for keys, _, _, _, word in KEYS for key in keys.split(",") if len(key) == 1
}
"""Line mode's word by the letter that is its key on the full screen; line mode takes both."""

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
        ("shift+↑ ↓", "scroll the words at the lower right"),
        ("ctrl+s", "save a copy: .sgf, or the board as .svg or .txt"),
        ("ctrl+o", "load a game (SGF)"),
        ("ctrl+p", "every command by name, boards and themes too"),
        ("q", "quit; the game is kept: untold play --resume goes on"),
    )),
)  # fmt: skip
