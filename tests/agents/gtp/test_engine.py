"""Our engine as a GUI or another program sees it: dialogues, line by line."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from agents.gtp import GtpEngine, serve
from agents.gtp.game import MAX_MOVES
from agents.gtp.lines import MAX_LINE
from go_engine import Rules
from tests.agents.gtp.talking import Scripted, engine_of, talk

# ---------------------------------------------------------------- dialogues

# What is sent, and what must come back; "-" means no answer at all.
DIALOGUES: Mapping[str, list[tuple[str, str]]] = {
    "administration": [
        ("protocol_version", "= 2"),
        ("name", "= Untold"),
        ("version", "= 1.2"),
        ("known_command genmove", "= true"),
        ("known_command fly", "= false"),
        ("known_command", "? syntax error: an argument is missing"),
        ("fly", "? unknown command"),
        ("12 fly", "?12 unknown command"),
    ],
    "framing": [
        ("", "-"),
        ("   \t ", "-"),
        ("# only a remark", "-"),
        ("7 name # with a remark", "=7 Untold"),
        ("8\tname\r", "=8 Untold"),
        ("\x00na\x07me", "= Untold"),
        ("9", "?9 no command"),
        ("００ name", "? unknown command"),  # digits, but not ASCII ones
    ],
    "playing": [
        ("play b C3", "="),
        ("play WHITE d4", "="),
        ("1 play w d4", "?1 illegal move"),
        ("play b pass", "="),
        ("play b", "? syntax error: an argument is missing"),
        ("play green c2", "? syntax error: expected a colour, b or w"),
        ("play b i3", "? syntax error: 'i3' is not a point: columns skip the letter I"),
        ("play b f1", "? syntax error: 'f1' is off the board; points go from A1 to E5"),
        ("undo", "="),
        ("undo", "="),
        ("undo", "="),
        ("undo", "? cannot undo"),
    ],
    "genmove": [
        ("genmove b", "= C3"),
        ("genmove w", "= D4"),
        ("reg_genmove b", "= A1"),
        ("play b a1", "="),  # which reg_genmove had not played
        ("genmove w", "= resign"),
        ("genmove w", "= pass"),  # it goes on when asked to
        ("genmove", "? syntax error: an argument is missing"),
    ],
    "settings": [
        ("boardsize 1", "? unacceptable size"),
        ("boardsize 20", "? unacceptable size"),
        ("boardsize nine", "? syntax error: board size must be a whole number"),
        ("komi nan", "? syntax error: komi must be a number"),
        ("komi inf", "? syntax error: komi must be a number"),
        ("komi 1e300", "? syntax error: komi must be a number"),
        ("komi -3.5", "="),
        ("final_score", "= B+3.5"),
        ("komi 0", "="),
        ("final_score", "= 0"),
        ("boardsize 3", "="),
        ("play b b2", "="),
        ("final_score", "= B+9"),
        ("komi 12", "="),
        ("final_score", "= W+3"),
        ("all_legal w", "= A3 B3 C3 A2 C2 A1 B1 C1"),
        ("clear_board", "="),
        ("all_legal", "= A3 B3 C3 A2 B2 C2 A1 B1 C1"),
    ],
    "dead stones": [
        # A wall of either side down the middle, and White's lone stone behind Black's.
        *((f"play b c{row}", "=") for row in range(1, 6)),
        *((f"play w d{row}", "=") for row in range(1, 6)),
        ("play w a2", "="),
        ("final_status_list dead", "= A2"),
        ("final_status_list alive", "= C5 C4 C3 C2 C1\nD5 D4 D3 D2 D1"),
        ("final_status_list seki", "="),
        ("final_status_list", "? syntax error: an argument is missing"),
        ("final_status_list asleep", "? syntax error: expected alive, dead or seki"),
        ("komi 3.5", "="),
        ("final_score", "= B+1.5"),  # 15 to 10
    ],
    "clock": [
        ("time_settings 60 5 1", "="),
        ("time_settings 60 5", "? syntax error: an argument is missing"),
        ("time_settings 60 -5 x", "? syntax error: byo-yomi stones must be a whole number"),
        ("time_left b 30 0", "="),
        ("time_left b inf 0", "? syntax error: time must be a number"),
    ],
}


@pytest.mark.parametrize("name", DIALOGUES)
def test_dialogue(name: str) -> None:
    engine = engine_of(Scripted("C3", "D4", "A1", "resign", "pass"))
    for line, expected in DIALOGUES[name]:
        assert talk(engine, line) == ([] if expected == "-" else [expected]), line


def test_list_commands_names_what_is_known() -> None:
    engine = engine_of(Scripted())
    names = talk(engine, "list_commands")[0].removeprefix("= ").splitlines()
    required = "protocol_version name version known_command list_commands quit boardsize"
    assert {*required.split(), "clear_board", "komi", "play", "genmove"} <= set(names)
    assert all(talk(engine, f"known_command {name}") == ["= true"] for name in names)


def test_showboard_draws_the_position() -> None:
    engine = engine_of(Scripted())
    talk(engine, "boardsize 3", "play b b2")
    rows = talk(engine, "showboard")[0].splitlines()
    assert rows[0] == "="
    assert rows[1:6] == [
        "   A B C",
        " 3 . . . 3",
        " 2 .(X). 2",
        " 1 . . . 1",
        "   A B C",
    ]


def test_agents_errors_become_one_line() -> None:
    engine = engine_of(Scripted("fail", "C3"))
    assert talk(engine, "1 genmove b", "genmove b") == ["?1 the network is gone", "= C3"]


def test_illegal_choice_of_the_agent_is_not_played() -> None:
    engine = engine_of(Scripted("C3"))
    talk(engine, "play b c3")
    assert talk(engine, "genmove w") == ["? scripted chose the illegal move 12"]
    assert engine.state.history == (12,)


# ---------------------------------------------------------------- colours out of turn


def test_superko_holds_after_moves_out_of_turn() -> None:
    engine = engine_of(Scripted())
    for vertex in ("b3", "c2", "c4"):
        talk(engine, f"play b {vertex}")  # each after a pass of White's that nobody sent
    for vertex in ("e3", "d2", "d4", "c3"):
        talk(engine, f"play w {vertex}")
    assert talk(engine, "play b d3") == ["="]  # takes c3
    assert engine.state.stones()[2, 2] == 0
    assert talk(engine, "play w c3") == ["? illegal move"]  # would take back at once
    assert talk(engine, "play b a1", "play w c3") == ["=", "="]  # not a repetition any more


def test_undo_takes_back_one_command() -> None:
    engine = engine_of(Scripted())
    talk(engine, "play b a1", "play b b1", "undo")
    stones = engine.state.stones()
    assert stones[4, 0] == 1
    assert stones[4, 1] == 0
    talk(engine, "play b c1", "undo", "undo")
    assert not engine.state.stones().any()


def test_the_game_goes_on_after_two_passes() -> None:
    # As programs do that settle dead stones by playing on.
    engine = engine_of(Scripted("C3"))
    talk(engine, "play b b2", "play w pass", "play b pass")
    assert engine.state.is_over
    assert talk(engine, "genmove w", "play b c2") == ["= C3", "="]
    assert int(abs(engine.state.stones()).sum()) == 3
    assert talk(engine, "undo", "undo", "undo") == ["=", "=", "="]
    assert engine.state.history == (16, 25)


def test_komi_does_not_disturb_the_game() -> None:
    engine = engine_of(Scripted())
    talk(engine, "play b a1", "play b b1", "komi 3.5")
    assert engine.state.rules.komi == 3.5
    assert engine.state.stones()[4].tolist() == [1, 1, 0, 0, 0]


def test_number_of_moves_is_limited() -> None:
    engine = engine_of(Scripted())
    for _ in range(MAX_MOVES // 2):
        engine.answer("play b pass")
        engine.answer("play w pass")
    assert talk(engine, "play b pass") == [f"? more than {MAX_MOVES} moves in one game"]
    assert talk(engine, "clear_board", "play b pass") == ["=", "="]


# ---------------------------------------------------------------- the agent behind it


def test_agent_is_made_when_first_needed_and_closed_at_the_end() -> None:
    made = []
    agent = Scripted("C3")

    def make() -> Scripted:
        made.append(agent)
        return agent

    engine = GtpEngine(make, np.random.default_rng(1), rules=Rules(5))
    talk(engine, "name", "play b a1", "showboard")
    assert made == []
    talk(engine, "genmove w", "clear_board")
    assert made == [agent]
    assert agent.games == 1
    engine.close()
    assert agent.is_closed


def test_agent_sees_the_side_that_is_asked_for() -> None:
    agent = Scripted("C3", "D3")
    talk(engine_of(agent), "genmove w", "genmove w")
    assert [state.to_play for state, _ in agent.asked] == [-1, -1]
    assert agent.asked[1][0].stones()[2, 2] == -1


def test_limits_reach_the_agent_and_the_clock_only_tightens_them() -> None:
    agent = Scripted(*["pass"] * 4)
    engine = engine_of(agent, seconds=4.0, simulations=8)
    talk(engine, "genmove b", "time_settings 0 10 5", "genmove b", "time_left b 100 1", "genmove b")
    seconds = [limits.seconds for _, limits in agent.asked]
    assert seconds[0] == 4.0
    assert seconds[1] == pytest.approx(1.8)  # 10 s for 5 moves, a tenth kept back
    assert seconds[2] == 4.0
    assert all(limits.simulations == 8 for _, limits in agent.asked)


# ---------------------------------------------------------------- as a stream


def streamed(text: bytes) -> tuple[bytes, Scripted]:
    agent = Scripted("C3")
    engine = engine_of(agent)
    engine.load()
    out = io.BytesIO()
    serve(engine, io.BytesIO(text), out)
    return out.getvalue(), agent


def test_stream_ends_at_quit() -> None:
    out, agent = streamed(b"1 name\n2 quit\n3 name\n")
    assert out == b"=1 Untold\n\n=2\n\n"
    assert agent.is_closed


def test_stream_ends_with_the_input_even_in_mid_line() -> None:
    out, agent = streamed(b"genmove b\r\nname")
    assert out == b"= C3\n\n= Untold\n\n"
    assert agent.is_closed


def test_hostile_lines_are_answered_and_forgotten() -> None:
    text = b"A" * (5 * MAX_LINE) + b"\n" + b"\xff\xfe\x00\n" + b"name\n"
    out, _ = streamed(text)
    assert out == b"? line longer than 65536 bytes\n\n? unknown command\n\n= Untold\n\n"


def test_line_of_just_the_longest_length_is_read() -> None:
    out, _ = streamed(b"name #" + b"x" * (MAX_LINE - 6) + b"\nname\n")
    assert out == b"= Untold\n\n= Untold\n\n"


def test_random_words_never_break_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # `printsgf pass` writes a file of that name
    rng = np.random.default_rng(5)
    engine = engine_of(Scripted())
    words = [*talk(engine, "list_commands")[0].split()[1:], "b", "w", "c3", "pass", "-1", "nan"]
    words = [w for w in words if w not in ("genmove", "reg_genmove", "quit")] + ["", "9", "#", "\0"]
    for _ in range(3000):
        line = " ".join(rng.choice(words, size=rng.integers(1, 5)))
        answer = engine.answer(line)
        assert answer is None or (answer[0] in "=?" and answer.endswith("\n\n"))
    engine.state.board.check_consistency()
