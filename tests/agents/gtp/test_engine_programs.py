"""What programs send, in their own way of sending it, and what each needs to hear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.agents.gtp.talking import FixedAnalyst, Scripted, engine_of, talk

# One report of FixedAnalysis about the empty 5x5 board, as Leela Zero and as KataGo write it.
LZ = "info move A5 visits 9 winrate 7500 prior 5000 lcb 6250 order 0 pv A5 pass"
KATA = (
    "info move A5 visits 9 utility 0.400000 winrate 0.750000 scoreMean 2.500000 "
    "scoreLead 2.500000 prior 0.500000 lcb 0.625000 utilityLcb 0.150000 order 0 pv A5 pass"
)
KATA_B5 = (
    "info move B5 visits 0 utility 0.400000 winrate 0.750000 scoreMean 2.500000 "
    "scoreLead 2.500000 prior 0.250000 lcb 0.750000 utilityLcb 0.400000 order 1 pv B5"
)
# The corner's 0.5 is place 46.5 of 62, rounded to the even 46; the others' 0 place 31.
CGOS = (
    '{"winrate":0.75,"score":2.5,"visits":10,"moves":[{"move":"A5","visits":9,"winrate":0.75,'
    '"score":2.5,"prior":0.5,"pv":"pass"}],"ownership":"u' + "f" * 24 + '"}'
)
OWNERSHIP = "ownership 0.5000" + " 0.0000" * 24

# What each program sends and how it reads the answers stands in its source, named above its lines.
DIALOGUES: Mapping[str, list[tuple[str, str]]] = {
    # SabakiHQ/Sabaki src/modules/enginesyncer.js and src/setting.js, SabakiHQ/gtp src/: komi before
    # the size, colours as capitals, `analyze` before `kata-analyze` where an engine knows both. It
    # passes over a move without a variation at the end of its `info`, and takes a win rate with a
    # point for a share of 1. Analysis is ended by another command.
    "Sabaki": [
        ("name", "= Untold"),
        ("version", "= 1.2"),
        ("protocol_version", "= 2"),
        ("komi 6.5", "="),
        ("boardsize 5", "="),
        ("clear_board", "="),
        ("set_free_handicap B4 D2", "="),
        ("play W C3", "="),
        ("play B pass", "="),
        ("analyze W 50", f"=\n{KATA}"),
        ("protocol_version", "= 2"),
        ("genmove_analyze W 50", f"=\n{KATA}\n{KATA}\nplay pass"),  # which wins, and ends the game
        ("undo", "="),
        ("kata-analyze W 50", f"=\n{KATA}"),
        ("lz-analyze W 50", f"=\n{LZ}"),
    ],
    # Remi-Coulom/gogui src/net/sf/gogui/gtp/: GtpClientBase, GtpSynchronizer, GtpUtil; doc/manual/
    # xml/analyze.xml for the pictures. Komi and clock come after the moves; "no limit" is 0 1 0.
    "GoGui": [
        ("1 protocol_version", "=1 2"),
        (
            "2 gogui-analyze_commands",
            "=2 "
            + "\n".join(
                [
                    "gfx/Policy/untold-policy",
                    "string/Value/untold-value",
                    "gfx/Value of moves/untold-move_values",
                    "gfx/Ownership/untold-ownership",
                    "gfx/Told: capture/untold-told capture",
                ]
            ),
        ),
        ("# interrupt", "-"),
        ("boardsize 2", "="),
        ("clear_board", "="),
        ("gogui-play_sequence b A1 w B2", "="),
        ("komi 6.5", "="),
        ("time_settings 0 1 0", "="),
        ("time_settings 600 30 5", "="),
        ("gogui-play_sequence b B1 w B1", "? illegal move"),
        ("gg-undo 2", "="),
        ("untold-value", "= Black wins 75 %, B+2.5 expected"),
        ("untold-ownership", "= INFLUENCE A2 0.50 B2 0.00 A1 0.00 B1 0.00"),
        (
            "untold-policy",
            "= COLOR #ff6020 A2\nCOLOR #ff6020 B2\nCOLOR #ff6020 A1\n"
            "COLOR #ff6020 B1\nLABEL A2 20\nLABEL B2 20\nLABEL A1 20\nLABEL B1 20\n"
            "TEXT pass 20.0 %",
        ),
        (
            "untold-told capture",
            "= COLOR #ff6020 A2\nCOLOR #90c0ff B2\nLABEL A2 1.5\n"
            "LABEL B2 -0.8\nTEXT capture: what it adds to the logarithm of the odds",
        ),
        ("untold-told", "? syntax error: an argument is missing"),
        ("untold-told fly", "? unknown feature; expected one of capture"),
        ("play b A2", "="),
        ("untold-value", "= Black wins 25 %, W+2.5 expected"),
        ("clear_board", "="),
        ("gogui-setup b A1 w B2", "="),
        ("gogui-setup_player w", "="),
        ("all_legal", "= A2 B1"),
        ("play empty A1", "? syntax error: expected a colour, b or w"),
        ("undo", "? cannot undo"),
        ("gogui-setup b A2 b B1", "? a chain has no liberty"),
        ("gogui-setup b pass", "? syntax error: a pass is no stone"),
        ("play w A2", "="),
        ("gogui-setup_player b", "? moves have been played"),
    ],
    # yzyray/lizzieyzy src/main/java/featurecat/lizzie/analysis/: Leelaz.java, MoveData.java. It
    # speaks `lz-` to engines that are not named KataGo..., with whole numbers, a colour only after
    # newer Leela Zeros; the longest interval there is means no reports.
    "LizzieYzy": [
        ("name", "= Untold"),
        ("komi 7.5", "="),
        ("boardsize 5", "="),
        ("lz-analyze 10", f"=\n{LZ}"),
        ("name", "= Untold"),
        ("lz-analyze 10 avoid b A5,B5 1 avoid w A5,B5 1", f"=\n{LZ.replace('A5', 'C5')}"),
        ("lz-analyze 10 allow b B4 30 allow w B4 30", f"=\n{LZ.replace('A5', 'B4')}"),
        ("lz-analyze 10 allow b B4 20 allow b C4 20 avoid w A5 1", f"=\n{LZ.replace('A5', 'B4')}"),
        ("lz-setoption name Visits value 100", "? unknown command"),
        (
            "kata-get-rules",
            '= {"hasButton":false,"ko":"POSITIONAL","scoring":"AREA",'
            '"suicide":false,"tax":"NONE","whiteHandicapBonus":"0"}',
        ),
        ("kata-set-rules chinese", "="),
        ("kata-analyze B 10 ownership true pvVisits true", f"=\n{KATA} pvVisits 9 4 {OWNERSHIP}"),
        ("kata-analyze 10 pvVisits true ownership true", f"=\n{KATA} pvVisits 9 4 {OWNERSHIP}"),
        (
            "kata-genmove_analyze B 2147483647 ownership true",
            f"=\n{KATA} {OWNERSHIP}\n{KATA} {OWNERSHIP}\nplay A5",
        ),
        ("undo", "="),
        (
            "kata-analyze 10 rootInfo true pvVisits true movesOwnership false",
            f"=\n{KATA} pvVisits 9 4 rootInfo visits 10 utility 0.400000 winrate 0.750000 "
            "scoreMean 2.500000 scoreLead 2.500000",
        ),
        ("stop", "="),
    ],
    # bernds/q5Go src/qgtp.cpp: everything numbered, two blanks before `lz-genmove_analyze`;
    # `known_command known_command` to end an analysis; `time_settings 1 1 0` is "no limit".
    "q5Go": [
        ("1 protocol_version", "=1 2"),
        ("2 boardsize 5", "=2"),
        ("3 clear_board", "=3"),
        ("4 komi 7", "=4"),
        ("5 known_command lz-analyze", "=5 true"),
        ("6 known_command kata-analyze", "=6 true"),
        ("7 time_settings 1 1 0", "=7"),
        ("8 kata-analyze black 100", f"=8\n{KATA}"),
        ("9 known_command known_command", "=9 true"),
        ("10 play black E5", "=10"),
        ("11 kata-genmove_analyze white 100", f"=11\n{KATA}\n{KATA}\nplay A5"),
        ("12 undo", "=12"),
        ("13  lz-genmove_analyze white 100", f"=13\n{LZ}\n{LZ}\nplay A5"),
        ("14 time_left black 30 0", "=14"),
        ("15 known_command final_score", "=15 true"),
        ("16 clear_board", "=16"),
        ("kata-analyze interval 100 maxmoves 40 minmoves 2", f"=\n{KATA} {KATA_B5}"),
        ("lz-analyze interval 100 maxmoves 0", "="),
    ],
    # online-go/gtp2ogs src/Bot.ts: `\r\n`, small letters, whole colours; the clock before each
    # move, Fischer's by kata-time_settings where kata-list_time_settings names fischer-capped.
    "gtp2ogs": [
        (
            "kata-list_time_settings\r",
            "= none absolute byoyomi canadian fischer fischer-capped",
        ),
        ("boardsize 9 13\r", "? unacceptable size"),
        ("boardsize 9\r", "="),
        ("clear_board\r", "="),
        ("komi 7\r", "="),
        ("play black e5\r", "="),
        ("kgs-time_settings byoyomi 600 30 5\r", "="),
        ("time_left black 598 0\r", "="),
        ("time_left white 30 5\r", "="),
        ("kgs-time_settings canadian -20 30 1\r", "="),
        ("kata-time_settings fischer-capped 120 10 300 -1\r", "="),
        ("time_left white 118 0\r", "="),
        ("time_settings 0 30 1\r", "="),
        ("genmove white\r", "= A1"),
        (
            "kata-time_settings hourglass 60\r",
            "? syntax error: expected one of none, absolute, byoyomi, canadian, fischer, "
            "fischer-capped",
        ),
        (
            "kgs-time_settings fischer 1 2\r",
            "? syntax error: expected none, absolute, canadian or byoyomi",
        ),
        ("fixed_handicap 2", "? board not empty"),
        ("clear_board\r", "="),
        ("fixed_handicap 2\r", "= C3 G7"),
        ("clear_board\r", "="),
        ("place_free_handicap 40\r", "= C3 G7 C7 G3 C5 G5 E3 E7 E5"),
        ("clear_board\r", "="),
        ("set_free_handicap c3 g7\r", "="),
        ("play white e5\r", "="),
        ("clear_board\r", "="),
        ("set_free_handicap C3", "? bad vertex list"),
        ("set_free_handicap C3 C3", "? bad vertex list"),
        ("set_free_handicap C3 pass", "? bad vertex list"),
        ("kgs-rules new_zealand", "="),
        ("kata-set-rules New Zealand", "="),
        (
            "kata-get-rules",
            '= {"hasButton":false,"ko":"SITUATIONAL","scoring":"AREA",'
            '"suicide":true,"tax":"NONE","whiteHandicapBonus":"0"}',
        ),
        ("boardsize 5", "="),
        ("place_free_handicap 2", "? invalid number of stones"),  # none on 5x5
    ],
    # zakki/cgos client-python/src/gtpengine.py and docs/gtp.md: the clock before the board is
    # cleared, small letters, cgos-, kata- or lz-genmove_analyze where known; the last line before
    # `play` goes to the server.
    "CGOS": [
        ("boardsize 5", "="),
        ("komi 7.0", "="),
        ("time_settings 300 0 0", "="),
        ("clear_board", "="),
        ("play b e5", "="),
        ("time_left w 300 0", "="),
        ("cgos-genmove_analyze w", f"=\n{CGOS}\n{CGOS}\nplay A5"),
        ("undo", "="),
        (
            "kata-genmove_analyze w ownership true",
            f"=\n{KATA} {OWNERSHIP}\n{KATA} {OWNERSHIP}\nplay A5",
        ),
        ("undo", "="),
        ("lz-genmove_analyze w 100000", f"=\n{LZ}\n{LZ}\nplay A5"),
        ("time_left b -3 0", "="),
        ("genmove b", "= A1"),
        ("get_komi", "= 7"),
    ],
    "mistakes": [
        (
            "lz-analyze green",
            "? syntax error: expected a colour, an interval or an option of analysis",
        ),
        ("5 kata-analyze interval", "?5 syntax error: an argument is missing"),
        ("kata-analyze interval inf", "? syntax error: interval must be a whole number"),
        ("kata-analyze ownership maybe", "? syntax error: ownership must be true or false"),
        (
            "lz-analyze allow b Z9 1",
            "? syntax error: 'Z9' is off the board; points go from A1 to E5",
        ),
        ("lz-analyze allow b A1 0", "? syntax error: depth must be 1 or more"),
        ("lz-analyze avoid b", "? syntax error: an argument is missing"),
        ("kata-set-rules", "? syntax error: an argument is missing"),
        ('kata-set-rules {"ko":"NONE"}', "? ko must be SIMPLE or POSITIONAL or SITUATIONAL"),
        ('kata-set-rules {"ko":', "? rules are no JSON object"),
        (
            'kata-set-rules {"hasButton": true}',
            "? hasButton must be false: there is no button here",
        ),
        ("kata-set-rule ko simple", "="),
        ("kata-set-rule suicide true", "="),
        ("rectangular_boardsize 9 13", "? unacceptable size"),
        ("gg-undo 1", "? cannot undo"),
        ("is_legal b A1", "= 1"),
        ("gogui-play_sequence b", "? syntax error: an argument is missing"),
    ],
}


@pytest.mark.parametrize("program", DIALOGUES)
def test_dialogue(program: str) -> None:
    engine = engine_of(Scripted("A1"), FixedAnalyst)
    for line, expected in DIALOGUES[program]:
        assert talk(engine, line) == ([] if expected == "-" else [expected]), line


# ---------------------------------------------------------------- records and regression

RECORD = "(;GM[1]FF[4]SZ[5]KM[2.5];B[cc];W[dc];B[cb])"


def test_regression_by_records(tmp_path: Path) -> None:
    file = tmp_path / "two words.sgf"
    file.write_text(RECORD)
    agent = Scripted("A1", "A1", "A1")
    engine = engine_of(agent)
    talk(engine, "boardsize 9", f"loadsgf {file}", "reg_genmove w")
    assert list(agent.asked[-1][0].history) == [12, 13, 7]
    talk(engine, f"3 loadsgf {file} 2", "reg_genmove w")  # the position before the second move
    assert list(agent.asked[-1][0].history) == [12]
    assert talk(engine, f"loadsgf {file} 9", "undo", "play b c4", "play w c4") == [
        "=", "=", "=", "? illegal move",
    ]  # fmt: skip
    printed = talk(engine, "printsgf")[0]
    assert "B[cc];W[dc];B[cb]" in printed.replace("\n", "")
    assert talk(engine, f"printsgf {tmp_path}/new.sgf", f"printsgf {tmp_path}/new.sgf") == [
        "=", "? cannot write a new file of that name",
    ]  # fmt: skip
    assert talk(engine, "clear_board", f"loadsgf {tmp_path}/new.sgf") == ["=", "="]
    assert engine.state.history == (12, 13, 7)


@pytest.mark.parametrize(
    "text", [b"root:x:0:0:secret", b"(;GM[1]SZ[5];B[secret])", b"(;SZ[5];B[cc];W[cc])", b""]
)
def test_files_that_are_no_games_are_not_quoted(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(text)
    engine = engine_of(Scripted())
    talk(engine, "play b c3")
    assert talk(engine, f"loadsgf {file}", "loadsgf /dev/zero", f"loadsgf {tmp_path}") == [
        "? cannot load file"
    ] * 3  # fmt: skip
    assert engine.state.history == (12,)


def test_rules_that_forbid_the_game_so_far_are_refused() -> None:
    engine = engine_of(Scripted())
    talk(engine, "kata-set-rule suicide true", "kata-set-rule ko simple")
    for vertex in ("a2", "b2", "c1"):
        talk(engine, f"play w {vertex}")
    assert talk(engine, "play b a1", "play b b1") == ["=", "="]  # takes both of them off
    assert not (engine.state.stones() == 1).any()
    for rules in ("kata-set-rule suicide false", "kata-set-rule ko positional"):
        assert talk(engine, rules) == ["? the game so far is not legal under these rules"]
    assert engine.state.rules.allow_suicide
    assert engine.state.rules.ko == "simple"
