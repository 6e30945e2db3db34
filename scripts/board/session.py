"""A game between people and agents: whose turn it is, taking back, browsing, the end, the result.

Both screens drive one `Session`; it shows nothing and asks nobody.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

import numpy as np

from agents.base import RESIGN, Agent, AgentError, Decision, Limits
from go_engine import BLACK, WHITE, GameState, IllegalMoveError
from go_engine.coords import vertex_to_move
from go_engine.settling import toggle_chain
from scripts.board.clock import Clock
from scripts.board.ending import Ending, Phase, propose
from scripts.board.manners import polite
from scripts.board.tree import GameTree, Node, Opinion, tree_of
from scripts.board.walk import Walk
from scripts.board.words import COLOR_NAMES, why_illegal

__all__ = ["Session", "Thought"]

Thought = Callable[[], Decision]


class Session(Walk):
    """One game. Every change goes through its methods.

    Attributes:
        bots: the agents by colour; a colour without one is played by a person.
        tree: every line of the game. `node` is where the board stands, `state` its position.
        last_captured: stones of either colour taken off by the last move.
        last_decision: the agent's, if it moved last.
        is_disputed: whether the players played on because they did not agree on dead stones.
    """

    def __init__(
        self,
        bots: Mapping[int, Agent],
        start: GameState | GameTree,
        limits: Limits,
        rng: np.random.Generator,
        *,
        clock: Clock | None = None,
        has_manners: bool = True,
    ) -> None:
        """A game from `start`, which belongs to the session from now on: its moves are replayed
        into the tree, or the tree is taken as it is, at the end of its main line."""
        self.bots = dict(bots)
        super().__init__(start if isinstance(start, GameTree) else tree_of(start))
        self.limits = limits
        self.rng = rng
        self.clock = clock
        self.has_manners = has_manners
        self.last_captured = 0
        self.last_decision: Decision | None = None
        self.is_disputed = False
        self._endings: dict[Node, Ending] = {}
        for agent in self.bots.values():
            agent.new_game()
        self._see_the_end()

    # ---- what is the case

    @property
    def human(self) -> int:
        """The one person's colour, 1 or -1; 0 if people play both sides or none."""
        people = [color for color in (BLACK, WHITE) if color not in self.bots]
        return people[0] if len(people) == 1 else 0

    @property
    def agent(self) -> Agent | None:
        """The one bot, or the one on turn where two play; None without any."""
        return self.bots.get(self.state.to_play) or next(iter(self.bots.values()), None)

    @property
    def ending(self) -> Ending | None:
        """How this line ended, if the board stands at its end."""
        return self._endings.get(self.node)

    @property
    def phase(self) -> Phase:
        """`playing`; `agreeing` on dead stones, when both have passed; or `over`."""
        if self.ending is None:
            return "playing"
        return "over" if self.ending.is_settled or not self.state.stones().any() else "agreeing"

    @property
    def is_over(self) -> bool:
        """Whether both passed or one gave up."""
        return self.ending is not None

    @property
    def is_agents_turn(self) -> bool:
        """Whether the game waits for an agent."""
        return not self.is_over and not self.is_browsing and self.state.to_play in self.bots

    @property
    def resigned(self) -> int | None:
        """The colour that gave up, if one did."""
        return self.ending.resigned if self.ending else None

    @property
    def dead(self) -> frozenset[int]:
        """Points of the stones that are off before the count, once both have passed."""
        return self.ending.dead if self.ending else frozenset()

    # ---- moves

    def play(self, vertex: str) -> None:
        """Play a vertex or `pass` for the person.

        Raises:
            ValueError: if it is no vertex or the rules forbid it, in words.
        """
        self.play_move(vertex_to_move(vertex, self.state.rules.board_size), vertex)

    def play_move(self, move: int, vertex: str = "") -> None:
        """Play for the side on turn; at an earlier position this begins a variation.

        Raises:
            ValueError: if it is the bot's turn or the rules forbid the move, in words.
        """
        if self.is_over:
            raise ValueError("the game is over: undo, or new")
        if self.is_agents_turn:
            raise ValueError("it is not your turn")
        try:
            self._play(move)
        except IllegalMoveError as error:
            name = vertex.strip().upper() or "that move"
            raise ValueError(why_illegal(name, error.reason)) from None
        self.last_decision = None

    def thought(self) -> Thought:
        """What finds the agent's decision here, to be called anywhere, in a thread too: it works on
        copies. `accept` takes the answer.

        Raises:
            AgentError: when called, if the agent cannot answer or would move illegally.
        """
        agent, state, limits = self.agent, self.state.copy(), self.limits
        if agent is None:
            raise AgentError("nobody but you plays in this game")
        if self.clock is not None:
            share = self.clock.share(state.to_play)
            seconds = share if limits.seconds is None else min(share, limits.seconds)
            limits = Limits(limits.simulations, limits.playouts, seconds)

        def think() -> Decision:
            decision = agent.select_move(state, limits, self.rng)
            if decision.move != RESIGN and not state.is_legal(decision.move):
                raise AgentError(f"{agent.name} chose the illegal move {decision.move}")
            return decision

        return think

    def accept(self, decision: Decision) -> Decision:
        """Make the move that the agent on turn decided on, or what good manners make of it."""
        color = self.state.to_play
        self.note(decision)
        if self.has_manners:
            values = [
                *self._values_of(color),
                *([] if decision.value is None else [decision.value]),
            ]
            decision = polite(self.state, decision, values, self.is_disputed)
        if decision.move == RESIGN:
            self._endings[self.node] = Ending(resigned=color)
        else:
            self._play(decision.move)
        self.last_decision = decision
        return decision

    def let_agent_move(self) -> Decision:
        """Let the agent move or resign, here and now.

        Raises:
            AgentError: if it cannot, or if it chooses an illegal move.
        """
        return self.accept(self.thought()())

    def note(self, decision: Decision, node: Node | None = None) -> None:
        """Keep what a search thinks of the position at `node` (where the board stands), whose side
        to play `decision` is about."""
        node = node or self.node
        if decision.value is None or decision.move == RESIGN:
            return
        color = self.color_at(node)
        value = decision.value if color == BLACK else 1 - decision.value
        lead = None if decision.score is None else color * decision.score
        node.think(Opinion(value, lead, sum(decision.visits.values()), decision.move))

    def resign(self) -> None:
        """The person gives up (the side on turn, where people play both).

        Raises:
            ValueError: if the game is over.
        """
        self._give_up(Ending(resigned=self.human or self.state.to_play))

    def lose_on_time(self, color: int) -> None:
        """The clock of `color` has run out.

        Raises:
            ValueError: if the game is over.
        """
        self._give_up(Ending(resigned=color, on_time=True))

    def _give_up(self, ending: Ending) -> None:
        if self.is_over:
            raise ValueError("the game is over already")
        if self.is_browsing:
            raise ValueError("this is an earlier position; go to the end of the game first")
        self._endings[self.node] = ending

    def take_back(self) -> int:
        """Take back the person's last move and what followed it, or just their resignation; how
        many moves went.

        Raises:
            ValueError: if the person has not moved yet, or an earlier position is shown.
        """
        if self.is_browsing:
            raise ValueError("this is an earlier position; play from here, or go to the end first")
        if self.ending and self.ending.resigned is not None and self.resigned not in self.bots:
            del self._endings[self.node]
            return 0
        path = self.node.path()
        own = [i for i in range(len(path) - 1) if self.color_at(path[i]) not in self.bots]
        if not own:
            raise ValueError("you have not moved yet: nothing to take back")
        for node in path[own[-1] :]:
            self._endings.pop(node, None)
        del path[own[-1]].children[0]
        self.go_to(path[own[-1]])
        return len(path) - 1 - own[-1]

    # ---- the end

    def toggle_dead(self, vertex: str) -> None:
        """Call the chain at `vertex` dead, or alive if it was called dead.

        Raises:
            ValueError: in words, if no stone is there or the game did not end by passes.
        """
        ending = self._passed("stones are called dead when both sides have passed, not before")
        point = vertex_to_move(vertex, self.state.rules.board_size)
        if point == self.state.rules.pass_move:
            raise ValueError("name a stone, such as D4")
        ending.dead = toggle_chain(self.state, ending.dead, point)
        ending.is_agreed = False

    def agree(self) -> None:
        """Agree on the dead stones as they are marked: the game is over.

        Raises:
            ValueError: if the game did not end by passes.
        """
        ending = self._passed("there is nothing to agree on: both sides have to pass first")
        ending.is_agreed = True

    def play_on(self) -> None:
        """Not agreed: take the person's pass back and play until the board says all.

        Raises:
            ValueError: if the game did not end by passes.
        """
        self._passed("the game goes on anyway")
        self.take_back()
        self.is_disputed = True

    def _passed(self, otherwise: str) -> Ending:
        """The ending, if it came by passes; else ValueError with the words `otherwise`."""
        if self.ending is None or self.ending.resigned is not None:
            raise ValueError(otherwise)
        return self.ending

    def result(self) -> str:
        """As SGF writes it: `B+3.5`, `W+R`, `0`; empty while the game goes on."""
        last = self.tree.main_line()[-1]
        ending = self._endings.get(last)
        if ending is None:
            return self.tree.result
        return ending.result(self.tree.state_at(last))

    def go_to(self, node: Node) -> None:
        """See `Walk.go_to`."""
        super().go_to(node)
        self.last_captured = 0
        self.last_decision = None
        self._see_the_end()

    # ---- the players

    def swap_colors(self) -> None:
        """People play what bots played, and the other way round."""
        self.bots = {-color: agent for color, agent in self.bots.items()}
        self.tree.black = self.tree.white = ""

    def run_clock(self) -> None:
        """Let the clock of the side on turn run, if there is one; none at the end."""
        if self.clock is not None:
            stands = self.is_over or self.is_browsing
            self.clock.run_for(None if stands else self.state.to_play)

    # ---- words and files

    def sgf(self) -> str:
        """The game so far, one record."""
        today = datetime.datetime.now().astimezone().date().isoformat()
        black = self.tree.black or self.player(BLACK)
        white = self.tree.white or self.player(WHITE)
        return self.tree.sgf(black=black, white=white, result=self.result(), date=today)

    def player(self, color: int) -> str:
        """Who plays a colour: `you` or the bot's name."""
        return self.bots[color].name if color in self.bots else "you"

    def name_of(self, color: int) -> str:
        """Such as `Black (you)` or `White (told)`."""
        return f"{COLOR_NAMES[color]} ({self.player(color)})"

    def _play(self, move: int) -> None:
        mover, before = self.state.to_play, sum(self.state.captures)
        self.state.play(move)
        self.last_captured = sum(self.state.captures) - before
        self.node = self.node.child(move)
        self.tree.result = ""
        if self.clock is not None:
            self.clock.has_moved(mover)
        self._see_the_end()

    def _see_the_end(self) -> None:
        if self.state.is_over and self.node not in self._endings:
            self._endings[self.node] = Ending() if self.is_disputed else propose(self.state)

    def _values_of(self, color: int) -> list[float]:
        """What a search expected for `color` at its own moves so far, this one included."""
        values = []
        for node in self.node.path():
            if self.color_at(node) == color and node.opinion is not None:
                rate = node.opinion.black_win_rate
                values.append(rate if color == BLACK else 1 - rate)
        return values
