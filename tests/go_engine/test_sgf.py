"""SGF: records written and read back, records of others, and broken ones."""

from __future__ import annotations

import lzma
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from go_engine import (
    BLACK,
    WHITE,
    GameState,
    KoRule,
    Rules,
    SgfError,
    SgfGame,
    parse,
    read_collection,
    read_sgf,
    read_variations,
    render_compact,
    result_string,
    vertex_to_move,
    write_sgf,
)
from tests.go_engine.comparison import rule_sets, several_kos


def random_game(state: GameState, rng: random.Random, plies: int) -> GameState:
    while not state.is_over and state.move_count < plies:
        state.play(rng.choice(state.legal_moves().tolist()))
    return state


def assert_same_game(record: SgfGame, state: GameState) -> None:
    assert record.rules == state.rules
    assert (record.stones == state.initial_stones()).all()
    assert record.to_play == state.initial_to_play
    assert record.moves == state.history
    end = record.end()
    assert (end.stones() == state.stones()).all()
    assert end.to_play == state.to_play


# ---------------------------------------------------------------- there and back


def test_a_record_by_hand() -> None:
    state = GameState(Rules(5, komi=3.5))
    for vertex in ("C3", "B4", "A1", "pass", "pass"):
        state.play(vertex_to_move(vertex, 5))
    text = write_sgf(state, black="zero", white="told", comments={0: "start", 2: "why [so]?"})
    plain = text.replace("\n", "")
    assert plain.startswith("(;FF[4]")
    assert plain.endswith(";B[cc];C[why [so\\]?]W[bb];B[ae];W[tt];B[tt])")
    for part in ("GM[1]", "SZ[5]", "KM[3.5]", "CA[UTF-8]", "PB[zero]", "PW[told]", "RE[W+2.5]"):
        assert part in plain
    assert "RU[koPOSITIONALscoreAREAtaxNONEsui0]" in plain


@pytest.mark.parametrize("size", [2, 3, 5, 9, 19])
def test_games_come_back(size: int) -> None:
    rng = random.Random(size)
    for rules in rule_sets(size):
        state = random_game(GameState(rules), rng, 60)
        assert_same_game(read_sgf(write_sgf(state)), state)


@pytest.mark.parametrize("size", [4, 6, 9])
def test_set_up_games_come_back(size: int) -> None:
    rng = random.Random(size)
    for rules in rule_sets(size):
        state = random_game(several_kos(rules, rng).engine_game(GameState), rng, 30)
        assert_same_game(read_sgf(write_sgf(state)), state)


def test_white_to_play_on_the_empty_board_comes_back() -> None:
    state = GameState.from_stones(Rules(5), np.zeros((5, 5), np.int8), WHITE)
    assert read_sgf(write_sgf(state)).to_play == WHITE
    state.play(12)
    assert_same_game(read_sgf(write_sgf(state)), state)


@pytest.mark.parametrize("komi", [0, 7, 6.5, 3.75, -5.5, 100])
@pytest.mark.parametrize("ko", ["positional", "situational", "simple"])
@pytest.mark.parametrize("suicide", [True, False])
def test_rules_come_back(komi: float, ko: KoRule, suicide: bool) -> None:
    rules = Rules(7, komi, ko, suicide)
    assert read_sgf(write_sgf(GameState(rules))).rules == rules


line_text = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), max_size=30)


@given(line_text, line_text, st.dictionaries(st.integers(0, 4), line_text.filter(bool)))
@settings(max_examples=60)
def test_names_and_comments_come_back(black: str, white: str, comments: dict[int, str]) -> None:
    state = GameState.from_moves(Rules(5), [12, 11, 25, 0])
    text = write_sgf(state, black=black, white=white, comments=comments, result="B+R")
    record = read_sgf(text)
    assert (record.black, record.white, record.result) == (black, white, "B+R")
    assert record.comments == comments
    assert record.moves == state.history


def test_comments_of_several_lines_come_back() -> None:
    state = GameState.from_moves(Rules(5), [12])
    comments = {0: "first line\nsecond: [brackets] and \\ \\] backslashes", 1: "(;B[aa]"}
    assert read_sgf(write_sgf(state, comments=comments)).comments == comments


def test_names_that_utf8_cannot_hold_do_not_break_writing() -> None:
    record = read_sgf(write_sgf(GameState(), black="caf\udce9", white="本因坊 神の一手"))
    assert record.black == "caf?"
    assert record.white.endswith("神の一手")


def test_comment_beyond_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="move 3"):
        write_sgf(GameState(), comments={3: "?"})


@pytest.mark.parametrize(
    ("diagram", "komi", "result"),
    [
        ("...\n.X.\n...", 5.5, "B+3.5"),
        ("...\n.X.\n...", 9, "0"),
        ("...\n.X.\n...", 9.5, "W+0.5"),
        ("...\n.X.\n...", -3.25, "B+12.25"),
        ("XX.\nXXX\nXX.", 0, "B+9"),
        ("...\n.O.\n...", 7, "W+16"),
    ],
)
def test_result_string(diagram: str, komi: float, result: str) -> None:
    state = GameState.from_stones(Rules(3, komi), parse(diagram), BLACK)
    assert result_string(state) == result


def test_result_is_written_only_when_known() -> None:
    state = GameState(Rules(3, 0.5))
    assert "RE[" not in write_sgf(state)
    assert "RE[B+R]" in write_sgf(state, result="B+R")
    state.play(9)
    state.play(9)
    assert "RE[W+0.5]" in write_sgf(state)
    assert "RE[" not in write_sgf(state, result="")


@pytest.mark.parametrize(
    ("result", "winner"),
    [("B+3.5", 1), ("W+R", -1), ("b+t", 1), ("0", 0), ("Draw", 0), ("Void", None), ("", None)],
)
def test_winner_of_a_record(result: str, winner: int | None) -> None:
    assert read_sgf(write_sgf(GameState(), result=result)).winner == winner


# ---------------------------------------------------------------- records of others


def test_a_record_in_the_wild() -> None:
    record = read_sgf(
        "junk (;GM[1]FF[3]SZ[9]KM[6.5]RU[Japanese]PB[A]BR[5d]PW[B]WR[2400]RE[B+R]"
        ";B[ee](;W[ce]C[a\nb];B[tt];W[])(;W[aa];B[aa]))"
    )
    assert record.rules == Rules(9, 6.5, "simple", False, "territory")
    assert record.moves == (40, 38, 81, 81)
    assert (record.black_rank, record.white_rank) == ("5d", "2400")
    assert record.comments == {2: "a\nb"}
    assert record.winner == BLACK


def test_handicap_stones_let_white_begin() -> None:
    record = read_sgf("(;SZ[5]HA[2]AB[bb][dd])")
    assert record.to_play == WHITE
    assert render_compact(record.stones).splitlines()[1] == ".X..."
    assert read_sgf("(;SZ[5]AB[bb]AW[dd])").to_play == BLACK
    assert read_sgf("(;SZ[5]AB[bb][dd]PL[B])").to_play == BLACK
    assert read_sgf("(;SZ[5]AB[bb][dd];W[cc])").moves == (12,)


def test_set_up_over_several_nodes_and_rectangles() -> None:
    record = read_sgf("(;SZ[5]AB[aa:cb];AE[ba]AW[ee];PL[W];W[dd])")
    lines = render_compact(record.stones).splitlines()
    assert lines == ["X.X..", "XXX..", ".....", ".....", "....O"]
    assert record.moves == (18,)


def test_passes_after_the_end_are_dropped() -> None:
    assert read_sgf("(;SZ[5];B[cc];W[];B[];W[];B[])").moves == (12, 25, 25)


def test_defaults_fill_in_what_the_record_leaves_out() -> None:
    default = Rules(9, 5.5, "situational", True)
    assert read_sgf("(;SZ[7])", default).rules == Rules(7, 5.5, "situational", True)
    assert read_sgf("(;SZ[7]KM[0])", default).rules.komi == 0
    assert read_sgf("(;SZ[7]RU[New Zealand])").rules == Rules(7, 7, "situational", True)
    assert read_sgf("(;SZ[7]RU[Tromp-Taylor])", default).rules == Rules(7, 5.5, "positional", True)
    assert read_sgf("(;SZ[7]RU[Martian])", default).rules == Rules(7, 5.5, "situational", True)
    assert read_sgf("(;)").rules.board_size == 19


def test_bytes_are_decoded_as_they_say() -> None:
    assert read_sgf("(;SZ[5]CA[UTF-8]PB[Müller])".encode()).black == "Müller"
    assert read_sgf("(;SZ[5]PB[Müller])".encode("latin-1")).black == "Müller"
    assert read_sgf("(;SZ[5]CA[UTF-8]PB[Müller])").black == "Müller"


# ---------------------------------------------------------------- broken records


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no SGF"),
        ("hello", "no SGF"),
        ("(;SZ[9]", "unexpected end"),
        ("(;SZ[9];B[ee];W[ef]", "unexpected end"),
        ("(;SZ[nine])", "SZ"),
        ("(;SZ[1])", "board size 1"),
        ("(;SZ[21])", "board size 21"),
        ("(;SZ[9:13])", "SZ"),
        ("(;GM[2]SZ[9])", "not a game of Go"),
        ("(;SZ[9]KM[lots])", "not a readable SGF"),
        ("(;SZ[9]KM[nan])", "not a readable SGF"),
        ("(;SZ[9]CA[klingon-8])", "not a readable SGF|encoding"),
        ("(;SZ[9];B[zz])", "not a readable SGF"),
        ("(;SZ[9];B[ee];W[ee])", r"move 2 \(White E5\): occupied"),
        ("(;SZ[9];B[ee];B[ef])", r"move 2 \(Black E4\): it is White's turn"),
        ("(;SZ[9];B[];W[];B[ee])", r"move 3 \(Black E5\): game over"),
        ("(;SZ[3]AB[ba][ab];W[aa])", r"move 1 \(White A3\): suicide"),
        ("(;SZ[9]AB[aa][ba]AW[ca][ab][bb])", "no position: the chain at A9 has no liberty"),
        ("(;SZ[9];B[ee];AB[aa])", "set up after move 1"),
        ("(;SZ[9]AB[zz])", "not a readable SGF"),
        ("(;SZ[9]PL[red])", "not a readable SGF"),
    ],
)
def test_a_broken_record_gets_one_line(text: str, message: str) -> None:
    with pytest.raises(SgfError, match=message) as caught:
        read_sgf(text.encode())
    assert "\n" not in str(caught.value)


def test_superko_in_a_record() -> None:
    # Sending two, returning one.
    text = "(;SZ[5]RU[{}]AB[ab][bb]AW[ba][da][cb]PL[W];W[aa];B[ca];W[ba])"
    assert len(read_sgf(text.format("Chinese")).moves) == 3
    assert len(read_sgf(text.format("AGA")).moves) == 3
    with pytest.raises(SgfError, match=r"move 3 \(White B5\): superko"):
        read_sgf(text.format("Tromp-Taylor"))


GOOD = "(;GM[1]FF[4]SZ[5]KM[3.5]AB[aa]PL[W]C[x];W[cc];B[bb]C[a\\]b];W[tt](;B[])(;B[dd]))"


@given(st.data())
@settings(max_examples=300)
def test_damaged_records_raise_sgf_errors_only(data: st.DataObject) -> None:
    text = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert", "remove"])):
            case "change":
                text[at] = data.draw(st.integers(0, 255))
            case "cut":
                del text[max(at, 1) :]
            case "insert":
                text[at:at] = data.draw(
                    st.sampled_from([b"]", b"[", b"(", b")", b";", b"\\", b"B"])
                )
            case "remove" if len(text) > 1:
                del text[at]
    try:
        record = read_sgf(bytes(text))
    except SgfError as error:
        assert "\n" not in str(error)  # noqa: PT017 (raising is one of two good ends)
    else:
        record.end().board.check_consistency()


# ---------------------------------------------------------------- collections

LINES = [write_sgf(GameState.from_moves(Rules(5), [k, 24 - k])).replace("\n", "") for k in range(5)]
MANY: dict[str, Callable[[list[str]], str]] = {
    "one a line": lambda games: "\n".join(games) + "\n",
    "all on one line": "".join,
    "blank lines, words and CRLF between": lambda games: "\r\n\r\nGames!\r\n".join(games),
    "over several lines each": lambda games: "\n\n".join(g.replace(";", "\n;") for g in games),
    "as one collection with a byte-order mark": lambda games: "\ufeff" + " ".join(games),
}


@pytest.mark.parametrize("layout", MANY)
@pytest.mark.parametrize("name", ["games.sgf", "games.sgf.xz"])
def test_collections(tmp_path: Path, layout: str, name: str) -> None:
    path = tmp_path / name
    data = MANY[layout](LINES).encode()
    path.write_bytes(lzma.compress(data) if name.endswith(".xz") else data)
    assert [game.moves for game in read_collection(path)] == [(k, 24 - k) for k in range(5)]
    assert len(list(read_collection(str(path)))) == 5


def test_brackets_inside_values_end_no_game(tmp_path: Path) -> None:
    state = GameState.from_moves(Rules(5), [12])
    text = write_sgf(state, comments={0: "):] (;", 1: "\\"}, black="]\\)")
    path = tmp_path / "games.sgf"
    path.write_text(text + text)
    assert [game.black for game in read_collection(path)] == ["]\\)"] * 2


BROKEN = [
    "(;SZ[5];B[cc];W[cc])",  # an illegal move
    "(;SZ[5];B[cc];W[c",  # torn in a value
    "(;SZ[5];B[cc];W[dd]",  # never closed
    "(;SZ[5]C[(((];B[zz])",  # no point
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_game_is_named_and_costs_no_other(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "games.sgf"
    path.write_text("\n".join([LINES[0], LINES[1], broken, LINES[2], LINES[3]]))
    errors: list[SgfError] = []
    games = list(read_collection(path, on_error=errors.append))
    assert [game.moves[0] for game in games] == [0, 1, 2, 3]
    assert [str(error).startswith("games.sgf, game 3: ") for error in errors] == [True]
    iterator = read_collection(path)
    assert [next(iterator).moves[0] for _ in range(2)] == [0, 1]
    with pytest.raises(SgfError, match="game 3"):
        next(iterator)


def test_collection_defaults(tmp_path: Path) -> None:
    path = tmp_path / "games.sgf"
    path.write_text("(;SZ[5])")
    default = Rules(9, 1.5, "simple", True)
    assert next(read_collection(path, default)).rules == Rules(5, 1.5, "simple", True)


def test_files_that_are_no_collections(tmp_path: Path) -> None:
    path = tmp_path / "empty.sgf"
    path.write_bytes(b"")
    with pytest.raises(SgfError, match=r"empty\.sgf: no SGF game in it"):
        next(read_collection(path))
    with pytest.raises(FileNotFoundError):
        next(read_collection(tmp_path / "nowhere.sgf"))
    packed = lzma.compress("\n".join(LINES).encode())
    for name, data in (("cut.xz", packed[:-20]), ("no.xz", b"(;SZ[5])")):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(SgfError, match=rf"{name}: a broken \.xz file"):
            list(read_collection(path))


# ---------------------------------------------------------------- scoring, variations, chances


@pytest.mark.parametrize(
    ("text", "scoring"),
    [
        ("RU[Japanese]", "territory"), ("RU[Korean]", "territory"), ("RU[Chinese]", "area"),
        ("RU[koSIMPLEscoreTERRITORYtaxSEKIsui0]", "territory"), ("", "area"),
    ],
)  # fmt: skip
def test_scoring_rules_are_read_and_written(text: str, scoring: str) -> None:
    rules = read_sgf(f"(;SZ[5]{text})").rules
    assert rules.scoring == scoring
    assert read_sgf(write_sgf(GameState(rules))).rules == rules


def test_every_line_of_play_is_read() -> None:
    text = "(;SZ[5];B[aa](;W[bb];B[cc](;W[dd])(;W[]))(;W[ee]C[calm]))"
    lines = [(game.moves, dict(game.comments)) for game in read_variations(text)]
    assert lines == [((0, 6, 12, 18), {}), ((0, 6, 12, 25), {}), ((0, 24), {2: "calm"})]
    assert read_sgf(text).moves == lines[0][0]
    assert [game.moves for game in read_variations("(;SZ[5])")] == [()]


def test_a_broken_line_does_not_take_those_before_it() -> None:
    lines = read_variations("(;SZ[5];B[aa](;W[bb])(;W[aa]))")
    assert next(lines).moves == (0, 6)
    with pytest.raises(SgfError, match=r"move 2 \(White A5\): occupied"):
        next(lines)


def test_a_line_of_ten_thousand_nodes_and_many_branches() -> None:
    passes = "".join(f";{'BW'[i % 2]}[]" for i in range(10_000))
    assert len(list(read_variations(f"(;SZ[5]{passes}(;C[a])(;C[b]))"))) == 2


def test_chances_are_written_as_sabaki_reads_them() -> None:
    state = GameState.from_moves(Rules(5), [12, 13])
    text = write_sgf(state, black_win_rates={0: 0.5, 2: 0.98765})
    assert text.count("SBKV") == 2
    assert "SBKV[50.00]" in text
    assert "SBKV[98.77]" in text
    with pytest.raises(ValueError, match=r"from 0 to 1, not 1\.5"):
        write_sgf(state, black_win_rates={0: 1.5})
    with pytest.raises(ValueError, match="note on move 3"):
        write_sgf(state, black_win_rates={3: 0.5})


def test_handicap_is_written() -> None:
    state = GameState.with_handicap(Rules(9), [20, 60])
    text = write_sgf(state)
    assert "HA[2]" in text
    again = read_sgf(text)
    assert again.to_play == -1
    assert again.start().stones().sum() == 2


@pytest.mark.parametrize(
    ("text", "stones", "moves"),
    [
        ("HA[2];B[cc];B[gg];W[ee];B[aa]", 2, (40, 0)),
        ("HA[2];B[cc];B[gg]", 2, ()),
        ("HA[2]AB[cc][gg];W[ee]", 2, (40,)),
        ("HA[0];B[cc];W[gg]", 0, (20, 60)),
        ("HA[2];B[cc];W[gg];B[ee]", 0, (20, 60, 40)),  # promised, but not given
    ],
)
def test_handicap_stones_placed_one_by_one(text: str, stones: int, moves: tuple[int, ...]) -> None:
    game = read_sgf(f"(;SZ[9]{text})")
    assert int(game.stones.sum()) == stones
    assert game.moves == moves
    assert game.to_play == (WHITE if stones else BLACK)


def test_black_twice_without_handicap_is_out_of_turn() -> None:
    with pytest.raises(SgfError, match=r"move 2 .*White's turn"):
        read_sgf("(;SZ[9];B[cc];B[gg];W[ee])")
    with pytest.raises(SgfError, match=r"move 2 .*White's turn"):
        read_sgf("(;SZ[9]HA[2];B[cc];B[cc];W[ee])")
