"""Patterns are found by number, all of them and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.told.pattern_tables import PatternTables, look_up, pattern_tables
from agents.told.patterns import NUM_PATTERNS

UNTOUCHED = -7


def levels_of(codes: NDArray[np.int64], tables: PatternTables, column: int) -> NDArray[np.int32]:
    levels = np.full((len(codes), column + NUM_PATTERNS), UNTOUCHED, np.int32)
    look_up(codes, tables, levels, column)
    assert (levels[:, :column] == UNTOUCHED).all()
    return levels[:, column:]


def made_of(families: list[NDArray[np.int64]]) -> PatternTables:
    starts = np.cumsum([0, *(family.size for family in families)]).astype(np.int64)
    return pattern_tables(np.concatenate(families).astype(np.int64), starts)


def test_every_pattern_is_found_in_its_own_family_and_no_other() -> None:
    rng = np.random.default_rng(11)
    whole = np.iinfo(np.int64)
    counts = [3000, 1, 0, 2, 700, 64, 65, 128, 5]
    families = [
        np.unique(
            rng.integers(0, 1 << 24, count)  # close together, as 3x3 patterns are
            if f % 2 == 0
            else rng.integers(whole.min, whole.max, count, np.int64)
        )
        for f, count in enumerate((counts * NUM_PATTERNS)[:NUM_PATTERNS])
    ]
    families[1] = np.array([whole.min, -1, 0, 1, whole.max])
    tables = made_of(families)
    asked = np.concatenate([*families, rng.integers(whole.min, whole.max, 500, np.int64)])
    found = levels_of(np.repeat(asked[:, None], NUM_PATTERNS, axis=1), tables, 3)
    for f, family in enumerate(families):
        places = {int(code): 1 + i for i, code in enumerate(family)}
        assert found[:, f].tolist() == [places.get(int(code), 0) for code in asked]


def test_numbers_that_want_the_same_cell_are_all_found() -> None:
    """The products of these differ above bit 55 only, so the cells they want are all the same."""
    family = np.arange(64, dtype=np.int64) << 56
    tables = made_of([family] * NUM_PATTERNS)
    asked = np.concatenate([family, family + 1])
    found = levels_of(np.repeat(asked[:, None], NUM_PATTERNS, axis=1), tables, 0)
    wanted = [*range(1, 65), *[0] * 64]
    assert all(found[:, f].tolist() == wanted for f in range(NUM_PATTERNS))


def test_without_patterns_nothing_is_found() -> None:
    tables = made_of([np.empty(0, np.int64)] * NUM_PATTERNS)
    assert tables.slots.size == NUM_PATTERNS  # a free cell for each family ends the search
    assert not levels_of(np.zeros((2, NUM_PATTERNS), np.int64), tables, 1).any()


@pytest.mark.parametrize("family", [[1, 3, 2], [5, 5]])
def test_numbers_must_ascend_within_a_family(family: list[int]) -> None:
    families = [np.array([9]), np.array(family), *[np.empty(0, np.int64)] * (NUM_PATTERNS - 2)]
    with pytest.raises(ValueError, match="do not ascend"):
        made_of(families)


def test_a_new_family_may_begin_lower() -> None:
    families = [np.array([9]), np.array([1, 2]), *[np.array([0])] * (NUM_PATTERNS - 2)]
    assert made_of(families).codes[:3].tolist() == [9, 1, 2]
