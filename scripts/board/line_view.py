"""What line mode says about a game: sentences, the board, the result."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from agents.base import RESIGN, Decision
from scripts.board.clock import clock_text
from scripts.board.keys import LETTERS
from scripts.board.screen import Screen
from scripts.board.session import Session
from scripts.board.words import (
    COLOR_NAMES,
    dead_stones,
    outcome,
    spoken_move,
    stones_lost,
    thoughts,
    vertex_name,
)

__all__ = ["HELP", "LineView"]

HELP: Final = """\
Playing
  E5          play there: a letter and a number (the letters skip I)
  pass        pass; two passes in a row end the game
  resign      give the game up
  undo        take back your last move and the bot's answer
  score       count the board as it stands
  show        draw the board again; around E5 says what is near a point
  dead D4     when both have passed: call the stones at D4 dead, or alive again
  agree       agree on the dead stones; continue plays on instead
  new         keep this game and start another: new white level=casual size=9 handicap=2
  swap        change sides with the bot
Learning
  hint        what the untold network and the told player would play in your place, and why
  why         what they say about the last move
  analyse     the moves worth thinking of, with chances and the expected line
  line 3      the board after the first moves of that line
  policy      how likely the network finds each point; owner: whose each point will be
  told E5     what the told player sees in a point
  marks       stones in atari or in a ladder
  estimate    who is ahead, by the network's count
  graph       the chances over the game
  review      the three moves that cost most
Looking back
  back, forward, start, end     go through the game (back 3: three moves)
  variation   the next variation of the move shown
  go          let the bot move here
Files
  save FILE   write the game to a file of your choice (SGF)
  load FILE   another game to look at or to go on with (SGF)
  export FILE the board as a picture (.svg) or as text (.txt)
  help        this list; letters that are keys of the full screen do here, too: {letters}
  quit        stop; the game so far is kept""".format(letters=" ".join(LETTERS))

_SHORT_HELP: Final = (
    "Type a point such as {example}, or: pass, undo, hint, score, resign, save FILE, new, help, "
    "quit."
)


class LineView:
    """Shows a session on a screen; changes nothing."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def introduce(self, session: Session, path: Path) -> None:
        """Who plays whom, by which rules, and what can be typed."""
        rules, tree, stones = session.state.rules, session.tree, self._screen.style.stones
        session.run_clock()
        if tree.black or tree.white:
            names = f"{tree.black or 'unknown'} against {tree.white or 'unknown'}"
            self._screen.say(f"A record: {names}. {tree.result}".rstrip())
        human = session.human or 1
        players = " against ".join(
            f"{session.name_of(color)} {stones[color]}".rstrip() for color in (human, -human)
        )
        by = " by " if self._screen.style.speak else "x"
        size = f"{rules.board_size}{by}{rules.board_size}"
        self._screen.say(f"{players}, {size}, komi {rules.komi:g}.")
        repeats = "a ko is not retaken at once"
        if rules.ko != "simple":
            repeats = "no position may come again (superko)"
        self._screen.say(f"{rules.scoring.capitalize()} scoring; {repeats}.")
        self._screen.say(f"The game is kept in {path}")
        example = vertex_name(rules.num_points // 2, rules.board_size)
        self._screen.say(_SHORT_HELP.format(example=example))

    def agents_move(self, session: Session, color: int, decision: Decision) -> None:
        """What the bot of `color` just did, and the board after it."""
        size, taken = session.state.rules.board_size, session.last_captured
        if self._screen.style.speak:
            self._screen.say(spoken_move(color, decision.move, size, taken, mine=False))
        elif decision.move == RESIGN:
            self._screen.say(f"\n{session.name_of(color)} resigns.")
        else:
            vertex = vertex_name(decision.move, size)
            said = "passes" if vertex == "pass" else f"plays {vertex}"
            taking = f", taking {_stones(taken)}" if taken else ""
            text = f"\n{session.name_of(color)} {said}{taking}. {thoughts(decision)}"
            self._screen.say(text.rstrip())
        self.show(session, brief=True)

    def own_move(self, session: Session) -> None:
        """After the person's move. The board is drawn again after the bot's answer."""
        taken = session.last_captured
        if taken and not session.is_over:
            what = stones_lost(taken) if self._screen.style.speak else _stones(taken)
            self._screen.say(f"You take {what}.")
        if not session.is_agents_turn:
            self.show(session)

    def place(self, session: Session) -> None:
        """Where in the game the board stands."""
        node = session.node
        if node.move is not None and node.parent is not None:
            color, size = session.color_at(node.parent), session.state.rules.board_size
            where = f"Move {node.depth} of {len(node.line()) - 1}"
            name = f"{COLOR_NAMES[color]} {vertex_name(node.move, size)}"
            others = len(node.parent.children) - 1
            more = f" There {'is another variation' if others == 1 else f'are {others} others'}."
            self._screen.say(f"\n{where}: {name}.{more if others else ''}")
        if node.comment:
            self._screen.say(node.comment)
        self.show(session)

    def show(self, session: Session, brief: bool = False) -> None:
        """The position and whose turn it is; `brief` leaves the board out where it is spoken."""
        if not (brief and self._screen.style.speak):
            self._screen.say()
            self._screen.draw(session.state)
        if session.is_over:
            self.result(session)
            return
        state, bot = session.state, session.player(session.state.to_play)
        passed = " The other side passed: pass too to end the game." if state.passes else ""
        if self._screen.style.speak:
            whose = f"{bot}'s" if session.is_agents_turn else "your"
            self._screen.say(f"It is {whose} move.{passed}{_clocks(session)}")
            return
        black, white = state.captures
        turn = f"{bot} to move" if session.is_agents_turn else "Your move"
        self._screen.say(
            f"{turn}. Move {state.move_count + 1}. "
            f"Stones taken by Black: {white}, by White: {black}.{passed}{_clocks(session)}"
        )

    def result(self, session: Session) -> None:
        """The end: dead stones, and who won."""
        state, ending = session.state, session.ending
        if session.resigned is None and state.stones().any():
            change = "Change that with dead and a point; agree settles it; undo goes on."
            if session.phase == "over":
                change = "Agreed."
            elif len(session.bots) == 2:
                change = ""
            self._screen.say(f"Dead stones: {dead_stones(state, session.dead)}. {change}".rstrip())
        on_time = ending is not None and ending.on_time
        self._screen.say(outcome(state, session.dead, session.resigned, session.human, on_time))


def _stones(count: int) -> str:
    return f"{count} stone{'s' if count > 1 else ''}"


def _clocks(session: Session) -> str:
    if session.clock is None:
        return ""
    left = ", ".join(
        f"{COLOR_NAMES[color]} {clock_text(session.clock.remaining(color))}" for color in (1, -1)
    )
    return f" Time left: {left}."
