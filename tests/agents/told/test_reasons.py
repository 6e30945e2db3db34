"""What told says about its moves is what its score is made of, from Python and over GTP."""

from __future__ import annotations

import re

import numpy as np
import pytest

from agents.gtp import GtpEngine
from agents.random import RandomAgent
from agents.told import FAMILIES, ToldAgent
from go_engine import Rules, vertex_to_move
from tests.agents.told.positions import position, random_game, random_model


def test_contributions_add_up_to_the_score() -> None:
    agent = ToldAgent(model=random_model())
    rng = np.random.default_rng(4)
    for _ in range(20):
        state = random_game(rng, 9, int(rng.integers(0, 60)))
        if state.is_over:
            continue
        moves, _, added = agent.contributions(state)
        probabilities = agent.move_probabilities(state)[moves]
        scores = np.log(probabilities)
        np.testing.assert_allclose(
            added.sum(axis=1) - added.sum(axis=1)[0], scores - scores[0], atol=1e-5
        )


def test_a_reason_is_a_level_and_what_it_added() -> None:
    agent = ToldAgent(model=random_model())
    state = position("..... .OX.. OXOX. ..... .....", moves="A1 A2")
    move = vertex_to_move("C2", 5)
    moves, levels, added = agent.contributions(state)
    chosen = list(moves).index(move)
    difference = added[chosen] - added.mean(axis=0)
    words = {
        (family.levels[level] if family.levels else f"the shape around it ({family.name})"): d
        for family, level, d in zip(FAMILIES, levels[chosen], difference, strict=True)
        if not family.levels or family.levels[level]
    }
    reasons = agent.reasons_for(state, move)
    assert 1 <= len(reasons) <= 4
    said = [re.fullmatch(r"(.*) ([+-]\d+\.\d)", reason) for reason in reasons]
    for match in said:
        assert match is not None
        assert float(match[2]) == pytest.approx(words[match[1]], abs=0.051)
    strength = [abs(float(match[2])) for match in said if match]
    assert strength == sorted(strength, reverse=True)


def test_gtp_says_them_too() -> None:
    told = ToldAgent()
    engine = GtpEngine(lambda: told, np.random.default_rng(0), rules=Rules(5))
    for line in ("play b c3", "play w c2", "play b d2", "play w c4"):
        engine.answer(line)
    answer = engine.answer("untold-reasons b2")
    expected = told.reasons_for(engine.state, vertex_to_move("B2", 5))
    assert answer == "= " + "\n".join(expected) + "\n\n"
    assert engine.answer("untold-reasons c3") == "? not a legal move here: 12\n\n"
    assert "syntax error" in str(engine.answer("untold-reasons i9"))
    random = GtpEngine(RandomAgent, np.random.default_rng(0), rules=Rules(5))
    assert random.answer("untold-reasons b2") == "? random gives no reasons; told does\n\n"
