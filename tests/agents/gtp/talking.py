"""Talking to an engine in tests: agents and analysts that say what they are told to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from agents.analysis import Analysis, Analyst, Glance, MoveAnalysis, Snapshot
from agents.base import RESIGN, Agent, AgentError, Decision, Limits
from agents.gtp import GtpEngine
from go_engine import GameState, Rules
from go_engine.coords import vertex_to_move


class Scripted:
    """Plays the vertices it was given, one after the other; remembers what it was asked."""

    name = "scripted"

    def __init__(self, *vertices: str) -> None:
        self.vertices = list(vertices)
        self.asked: list[tuple[GameState, Limits]] = []
        self.chance: np.random.Generator | None = None
        self.games = 0
        self.is_closed = False

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        self.asked.append((state, limits))
        self.chance = rng
        word = self.vertices.pop(0)
        if word == "fail":
            raise AgentError("the network\nis gone")
        return Decision(
            RESIGN if word == "resign" else vertex_to_move(word, state.rules.board_size)
        )

    def new_game(self) -> None:
        self.games += 1

    def close(self) -> None:
        self.is_closed = True


def engine_of(
    agent: Scripted, analyst: Callable[[Agent], Analyst] | None = None, **limits: float
) -> GtpEngine:
    return GtpEngine(
        lambda: agent,
        np.random.default_rng(1),
        rules=Rules(5, 2.5),
        limits=Limits(**limits),  # type: ignore[arg-type]
        version="1.2",
        analyst=analyst,
    )


def talk(engine: GtpEngine, *lines: str) -> list[str]:
    """Answers without their closing blank line; lines without a command have none."""
    answers = []
    for line in lines:
        answer = engine.answer(line + "\n")
        if answer is not None:
            assert answer.endswith("\n\n")
            assert "\n\n" not in answer[:-2]
            answers.append(answer[:-2])
    return answers


class FixedAnalysis:
    """Two moves whose visits grow; complete at ten visits of the position."""

    def __init__(self, state: GameState, allowed: frozenset[int] | None) -> None:
        legal = state.legal_moves()[:-1]
        moves = [int(m) for m in legal if allowed is None or int(m) in allowed]
        if not moves:
            raise AgentError("none of the moves allowed is legal here")
        self.moves = moves[:3]
        self.pass_move = state.rules.pass_move
        self.visits = 0

    def advance(self, visits: int, seconds: float = np.inf) -> Snapshot:  # noqa: ARG002
        self.visits = min(visits, 10)
        first, *others = self.moves
        found = [
            MoveAnalysis(
                first, self.visits - 1, 0.5, 0.75, 0.625, 2.5, 0.7, (first, self.pass_move), (9, 4)
            )
        ]
        found += [MoveAnalysis(move, 0, 0.25, pv=(move,), pv_visits=(0,)) for move in others]
        return Snapshot(self.visits, 0.75, 2.5, 0.7, tuple(found), is_complete=self.visits == 10)


class FixedAnalyst:
    """Says that the mover wins with 0.75, by 2.5 points, and owns the upper left corner."""

    def __init__(self, agent: Agent, visits: int | None = 10) -> None:
        self.agent = agent
        self.visits = visits
        self.asked: list[tuple[GameState, frozenset[int] | None]] = []

    def analyse(self, state: GameState, allowed: frozenset[int] | None = None) -> Analysis:
        self.asked.append((state, allowed))
        return FixedAnalysis(state, allowed)

    def glance(self, state: GameState) -> Glance:
        legal = state.legal_mask()
        ownership = np.zeros(state.rules.num_points)
        ownership[0] = 0.5
        return Glance(legal / legal.sum(), 0.75, 2.5, ownership)

    def visits_for(self, limits: Limits) -> int | None:  # noqa: ARG002
        return self.visits

    def features(self) -> tuple[str, ...]:
        return ("capture",)

    def feature_map(self, name: str, state: GameState) -> NDArray[np.float64]:
        values = np.full(state.rules.num_points, np.nan)
        values[:2] = (1.5, -0.75) if name == "capture" else (0.0, 0.0)
        return values
