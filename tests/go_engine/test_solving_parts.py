"""The parts of the solver: its graph against the engine, its bounds, its strategies, its search."""

from __future__ import annotations

import itertools
import random
from functools import cache

import numpy as np
import pytest

from go_engine import BLACK, WHITE, GameState, KoRule, Rules
from go_engine.solving import PositionGraph, SearchLimitError, build_graph
from go_engine.solving.bitboards import NO_POINT, area_margin, play, stones_to_masks
from go_engine.solving.bounds import ValueBounds, value_bounds
from go_engine.solving.proof import Strategy, Workspace
from go_engine.solving.search import Node, Search
from tests.reference import is_position


@cache
def graph_of(size: int) -> PositionGraph:
    return build_graph(size)


@cache
def bounds_of(size: int) -> ValueBounds:
    return value_bounds(graph_of(size))


@cache
def strategy_of(size: int, margin: int) -> Strategy:
    return Strategy(graph_of(size), bounds_of(size), margin, Workspace(graph_of(size)))


def closed_point(state: GameState) -> int:
    point = state.simple_ko_point
    return NO_POINT if point is None else point


# ---------------------------------------------------------------- the graph is the engine's


def assert_same_plays(state: GameState) -> None:
    """The masks' rules agree with the engine's about every play at `state` (simple ko)."""
    size = state.rules.board_size
    own, other = stones_to_masks(state.stones(), state.to_play)
    assert area_margin(own, other, size) == state.black_score() * state.to_play
    for point in range(size * size):
        legal, after, left, closed = play(own, other, point, size)
        if point == state.simple_ko_point:
            assert legal
            continue
        assert legal == state.is_legal(point)
        if legal:
            following = state.copy()
            following.play(point)
            assert (left, after) == stones_to_masks(following.stones(), following.to_play)
            assert closed == closed_point(following)


@pytest.mark.parametrize("size", [2, 3])
def test_plays_are_the_engines_on_every_position(size: int) -> None:
    rules = Rules(size, ko="simple")
    count = 0
    for position in itertools.product((0, BLACK, WHITE), repeat=size * size):
        if not is_position(position, size):
            continue
        stones = np.array(position, np.int8).reshape(size, size)
        assert_same_plays(GameState.from_stones(rules, stones, (BLACK, WHITE)[count % 2]))
        count += 1
    assert count == graph_of(size).num_positions


def test_plays_are_the_engines_in_random_4x4_games() -> None:
    rng = random.Random(4)
    kos = 0
    for _ in range(60):
        state = GameState(Rules(4, ko="simple"))
        while not state.is_over and state.move_count < 60:
            assert_same_plays(state)
            kos += state.simple_ko_point is not None
            points = state.legal_moves()[:-1].tolist()
            state.play(rng.choice(points) if points else 16)
    assert kos > 10


def test_bounds_are_best_over_the_engines_successors() -> None:
    """Every 3x3 position's bounds follow from those of the positions that the engine reaches."""
    graph = graph_of(3)
    bounds = bounds_of(3)
    for key in np.flatnonzero(graph.class_of >= 0)[::3].tolist():
        digits = (key // 3 ** np.arange(9)) % 3
        stones = np.where(digits == 2, -1, digits).astype(np.int8).reshape(3, 3)
        state = GameState.from_stones(Rules(3, ko="simple"), stones, BLACK)
        own, other = stones_to_masks(stones, BLACK)
        found = bounds.at(graph.class_at(own, other), False)
        low, high = bounds.at(graph.class_at(other, own), True)
        lows, highs = [-high], [-low]  # a pass
        for move in state.legal_moves()[:-1].tolist():
            after = state.copy()
            after.play(move)
            own, other = stones_to_masks(after.stones(), WHITE)
            low, high = bounds.at(graph.state_at(own, other, closed_point(after)), False)
            lows.append(-high)
            highs.append(-low)
        assert found == (max(lows), max(highs))


# ---------------------------------------------------------------- strategies and search


def least_rank(state: GameState, strategy: Strategy) -> int:
    """Black's legal move on 3x3 after which the strategy needs the fewest moves."""
    ranks = []
    for move in state.legal_moves().tolist():
        after = state.copy()
        after.play(move)
        if after.is_over:
            ranks.append((0 if after.black_score() >= strategy.margin else 1_000_000, move))
        else:
            own, other = stones_to_masks(after.stones(), WHITE)
            number = graph_of(3).state_at(own, other, closed_point(after))
            ranks.append((strategy.rank(strategy.node(number, False, after.passes == 1)), move))
    return int(min(ranks)[1])


@pytest.mark.parametrize("ko", ["positional", "situational"])
def test_strategy_keeps_its_word_in_real_games(ko: KoRule) -> None:
    """Black, going where the rank is least, takes all of 3x3 from an opponent who plays anything,
    under the engine's own superko."""
    strategy = strategy_of(3, 9)
    rng = random.Random(9)
    for _ in range(100):
        state = GameState(Rules(3, ko=ko))
        while not state.is_over:
            if state.to_play == WHITE:
                state.play(rng.choice(state.legal_moves().tolist()))
            else:
                state.play(least_rank(state, strategy))
        assert state.black_score() == 9
        assert state.move_count < 60


def lines_come_back(strategy: Strategy, graph: PositionGraph, start: int) -> bool:
    """Depth-first search for a line of play that meets a position twice, up to symmetry."""
    states, classes = graph.num_states, graph.num_classes

    def describe(node: int) -> tuple[bool, int, int]:
        if node >= 2 * states:
            return node < 2 * states + classes, (node - 2 * states) % classes, -1
        state = node % states
        if state < classes:
            return node < states, state, -1
        return (
            node < states,
            int(graph.ko_class[state - classes]),
            int(graph.ko_play[state - classes]),
        )

    def followers(node: int) -> list[int]:
        provers, c, closed = describe(node)
        offset = states if provers else 0
        plays = [e for e in range(graph.first[c], graph.first[c + 1]) if e != closed]
        after = [offset + int(graph.targets[e]) for e in plays]
        if node < 2 * states:
            after.insert(0, 2 * states + (classes if provers else 0) + int(graph.swapped[c]))
        elif provers and strategy.rank(node) == 1:
            return []  # a pass ends the game
        return [min(after, key=strategy.rank)] if provers else after

    def position(node: int) -> int:
        provers, c, _ = describe(node)
        return c if provers else int(graph.swapped[c])

    met, todo = {start}, [start]
    onward: dict[int, set[int]] = {}
    while todo:
        node = todo.pop()
        for after in followers(node):
            if position(after) != position(node):
                onward.setdefault(position(node), set()).add(position(after))
            if after not in met:
                met.add(after)
                todo.append(after)
    while True:  # strike off positions that lead nowhere, until none or only rings are left
        ends = {p for p, q in onward.items() if not any(r in onward for r in q)}
        if not ends:
            return bool(onward)
        for p in ends:
            del onward[p]


@pytest.mark.parametrize("margin", [-4, 3])
def test_lines_that_come_back_are_found(margin: int) -> None:
    graph, strategy = graph_of(3), strategy_of(3, margin)
    rng = np.random.default_rng(0)
    nodes = [strategy.node(int(c), True, False) for c in range(graph.num_classes)]
    nodes = [node for node in nodes if strategy.is_granted(node)]
    back = [node for node in nodes if strategy.entered(node) is None]
    assert back
    for node in back[:20] + rng.choice(nodes, 100).tolist():
        assert lines_come_back(strategy, graph, node) == (strategy.entered(node) is None)


def test_search_trusts_no_strategy_that_might_meet_the_past() -> None:
    """After the play below, the strategy may lead back to the position before it (or one that
    is symmetric). From scratch the bounds settle it at once; with that past they may not."""
    graph, strategy = graph_of(3), strategy_of(3, -9)
    start = Node(42, 144, True)
    legal, own, other, closed = play(start.own, start.other, 6, 3)
    assert legal
    after = Node(other, own, False, False, closed)
    entered = strategy.entered(strategy.node(graph.state_at(other, own, closed), False, False))
    assert entered is not None
    assert graph.class_at(42, 144) in entered
    search = Search(graph, bounds_of(3), strategy, situational=False, max_nodes=1000)
    assert search.proves(after)
    assert search.nodes == 1
    assert search.proves(start, 6)
    assert search.nodes > 2
    short = Search(graph, bounds_of(3), strategy, situational=False, max_nodes=1)
    with pytest.raises(SearchLimitError, match="no answer"):
        short.proves(start, 6)
