"""A game between a person and an agent: who is on turn, taking back, resigning, the result."""

from __future__ import annotations

import datetime

import numpy as np

from agents.base import RESIGN, Agent, AgentError, Decision, Limits
from go_engine import BLACK, GameState, IllegalMoveError
from go_engine.coords import vertex_to_move
from go_engine.settling import propose_dead, settled_score, toggle_chain
from go_engine.sgf import margin_string, write_sgf
from scripts.board.words import COLOR_NAMES, why_illegal

__all__ = ["Session"]


class Session:
    """One game. Shows nothing and asks nobody; every change goes through its methods."""

    def __init__(
        self,
        agent: Agent,
        human: int,
        start: GameState,
        limits: Limits,
        rng: np.random.Generator,
    ) -> None:
        """`human` is the person's colour, 1 Black or -1 White; `start` belongs to the session."""
        self.agent = agent
        self.human = human
        self.state = start
        self.limits = limits
        self.rng = rng
        self.resigned: int | None = None  # the colour that gave up
        self.last_captured = 0  # stones of either colour taken off by the last move
        self.last_decision: Decision | None = None  # the agent's, if it moved last
        self.dead: frozenset[int] = frozenset()  # points of stones taken off before the count
        agent.new_game()

    @property
    def is_over(self) -> bool:
        """Whether both passed or one resigned."""
        return self.state.is_over or self.resigned is not None

    @property
    def is_agents_turn(self) -> bool:
        """Whether the game waits for the agent."""
        return not self.is_over and self.state.to_play != self.human

    def play(self, vertex: str) -> None:
        """Play a vertex or `pass` for the person.

        Raises:
            ValueError: if it is no vertex or the rules forbid it, in words.
        """
        if self.is_over:
            raise ValueError("the game is over; take back with undo, or start a new one with new")
        move = vertex_to_move(vertex, self.state.rules.board_size)
        try:
            self._play(move)
        except IllegalMoveError as error:
            raise ValueError(why_illegal(vertex.strip().upper(), error.reason)) from None
        self.last_decision = None

    def let_agent_move(self) -> Decision:
        """Let the agent move or resign.

        Raises:
            AgentError: if it cannot, or if it chooses an illegal move.
        """
        decision = self.ask_agent()
        if decision.move == RESIGN:
            self.resigned = self.state.to_play
        else:
            self._play(decision.move)
        self.last_decision = decision
        return decision

    def ask_agent(self) -> Decision:
        """What the agent would do for the side on turn; nothing changes.

        Raises:
            AgentError: as `let_agent_move`.
        """
        decision = self.agent.select_move(self.state.copy(), self.limits, self.rng)
        if decision.move != RESIGN and not self.state.is_legal(decision.move):
            raise AgentError(f"{self.agent.name} chose the illegal move {decision.move}")
        return decision

    def resign(self) -> None:
        """The person gives up.

        Raises:
            ValueError: if the game is over.
        """
        if self.is_over:
            raise ValueError("the game is over already")
        self.resigned = self.human

    def take_back(self) -> int:
        """Take back the person's last move and what followed it, or just their resignation; how
        many moves went.

        Raises:
            ValueError: if the person has not moved yet.
        """
        if self.resigned == self.human:
            self.resigned = None
            return 0
        own = [i for i in range(self.state.move_count) if self._mover(i) == self.human]
        if not own:
            raise ValueError("you have not moved yet: nothing to take back")
        self.resigned = None
        count = self.state.move_count - own[-1]
        for _ in range(count):
            self.state.undo()
        self.last_captured = 0
        self.last_decision = None
        self.dead = frozenset()
        return count

    def toggle_dead(self, vertex: str) -> None:
        """Call the chain at `vertex` dead, or alive if it was called dead.

        Raises:
            ValueError: in words, if no stone is there or the game did not end by passes.
        """
        if not self.state.is_over or self.resigned is not None:
            raise ValueError("stones are called dead when both sides have passed, not before")
        point = vertex_to_move(vertex, self.state.rules.board_size)
        if point == self.state.rules.pass_move:
            raise ValueError("name a stone, such as D4")
        self.dead = toggle_chain(self.state, self.dead, point)

    def result(self) -> str:
        """As SGF writes it: `B+3.5`, `W+R`, `0`; empty while the game goes on."""
        if self.resigned is not None:
            return "W+R" if self.resigned == BLACK else "B+R"
        if not self.state.is_over:
            return ""
        return margin_string(settled_score(self.state, self.dead) - self.state.rules.komi)

    def sgf(self) -> str:
        """The game so far, one record."""
        names = {self.human: "you", -self.human: self.agent.name}
        today = datetime.datetime.now().astimezone().date().isoformat()
        return write_sgf(
            self.state, black=names[1], white=names[-1], result=self.result(), date=today
        )

    def name_of(self, color: int) -> str:
        """Such as `Black (you)` or `White (told)`."""
        return f"{COLOR_NAMES[color]} ({'you' if color == self.human else self.agent.name})"

    def _play(self, move: int) -> None:
        before = sum(self.state.captures)
        self.state.play(move)
        self.last_captured = sum(self.state.captures) - before
        if self.state.is_over:
            self.dead = propose_dead(self.state, np.random.default_rng(0))

    def _mover(self, index: int) -> int:
        """Who made move number `index`, counted from 0."""
        first = self.state.initial_to_play
        return first if index % 2 == 0 else -first
