"""The grammar that names agents: what it reads, what it writes, what it says about mistakes."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agents.spec
from agents.base import Agent, AgentError
from agents.gtp import EngineStartError
from agents.gtp.client import DEFAULT_TIMEOUT
from agents.kinds import KINDS, kinds_table
from agents.search import ZeroAgent
from agents.spec import AgentSpec, SpecError, default_spec, make_agent, parse_spec, spec_help
from agents.told import ToldAgent
from scripts.cli.main import main as untold

ROOT = Path(__file__).resolve().parents[2]

# What is typed, what it means, and how it is written back.
GOOD: list[tuple[str, AgentSpec, str]] = [
    ("random", AgentSpec("random"), "random"),
    ("  told ", AgentSpec("told"), "told"),
    (
        "told:temperature=0.50",
        AgentSpec("told", (("temperature", 0.5),)),
        "told:temperature=0.5",
    ),
    ("told:temperature=1", AgentSpec("told", (("temperature", 1.0),)), "told:temperature=1"),
    ("told:temperature=.5e0", AgentSpec("told", (("temperature", 0.5),)), "told:temperature=0.5"),
    (
        "zero:simulations=0400",
        AgentSpec("zero", (("simulations", 400),)),
        "zero:simulations=400",
    ),
    (
        "zero:aim=margin",
        AgentSpec("zero", (("aim", "margin"),)),
        "zero:aim=margin",
    ),
    (
        "zero: weights = my net.safetensors , simulations = 64",
        AgentSpec("zero", (("simulations", 64), ("weights", "my net.safetensors"))),
        "zero:simulations=64,weights=my net.safetensors",
    ),
    (
        'zero:weights="a,b=c.safetensors"',
        AgentSpec("zero", (("weights", "a,b=c.safetensors"),)),
        'zero:weights="a,b=c.safetensors"',
    ),
    ("gnugo:level=3", AgentSpec("gnugo", (("level", 3),)), "gnugo:level=3"),
    (
        'gtp:"gnugo --mode gtp",timeout=5',
        AgentSpec("gtp", (("command", "gnugo --mode gtp"), ("timeout", 5.0))),
        'gtp:"gnugo --mode gtp",timeout=5',
    ),
    # After a shell took the quotes away.
    (
        "gtp:gnugo --mode gtp, --level=3",
        AgentSpec("gtp", (("command", "gnugo --mode gtp, --level=3"),)),
        'gtp:"gnugo --mode gtp, --level=3"',
    ),
    (
        "gtp:cwd=/tmp,command='a \"b\"'",
        AgentSpec("gtp", (("command", 'a "b"'), ("cwd", "/tmp"))),
        r'gtp:"a \"b\"",cwd=/tmp',
    ),
    (
        r'gtp:"C:\\go\engine.exe \"x\""',
        AgentSpec("gtp", (("command", r'C:\go\engine.exe "x"'),)),
        r'gtp:"C:\\go\\engine.exe \"x\""',
    ),
]


@pytest.mark.parametrize(("text", "spec", "canonical"), GOOD)
def test_text_means_a_spec_and_is_written_one_way(
    text: str, spec: AgentSpec, canonical: str
) -> None:
    assert parse_spec(text) == spec
    assert str(spec) == canonical
    assert parse_spec(canonical) == spec


BAD: list[tuple[str, str]] = [
    ("", "unknown agent ''; expected one of random, told, boosted, practised, taught, zero"),
    ("Random", "unknown agent 'Random' (did you mean random?)"),
    ("zerro:simulations=4", "(did you mean zero?)"),
    ("gnu-go", "(did you mean gnugo?)"),
    ("random:", "nothing after the colon"),
    ("random:temperature=1", "random takes no options"),
    ("told:0.5", "expected option=value at '0.5'; options of told: temperature"),
    ("told:temprature=0.5", "told has no option 'temprature' (did you mean temperature?)"),
    ("told:temperature=", "temperature must be a number, 0 or more, not ''"),
    ("told:temperature=-1", "temperature must be a number, 0 or more, not '-1'"),
    ("told:temperature=nan", "not 'nan'"),
    ("told:temperature=1e999", "not '1e999'"),
    ("told:temperature=0x10", "not '0x10'"),
    ("told:temperature=1_0", "not '1_0'"),
    ("told:temperature=1,", "expected another option=value after the last comma"),
    ("told:temperature=1,,weights=x", "expected option=value at ',weights=x'"),
    ("told:temperature=1,temperature=2", "option temperature is given twice"),
    ("zero:simulations=1.5", "simulations must be a whole number, 1 or more, not '1.5'"),
    ("zero:aim=fun", "zero: aim must be win or margin, not 'fun'"),
    ("zero:simulations=0", "simulations must be a whole number, 1 or more, not '0'"),
    ("zero:simulations=99999999999", "not '99999999999'"),
    ("zero:simulations=４", "not '４'"),
    ("gnugo:level=11", "level must be a whole number from 1 to 10, not '11'"),
    ("gtp", 'gtp needs a command, for example gtp:"some-engine --gtp"'),
    ("gtp:timeout=3", "gtp needs a command"),
    ('gtp:"a",timeout=0', "timeout must be a number above 0, not '0'"),
    ('gtp:"never closed', "is never closed"),
    ('gtp:"a" b', "expected a comma or the end after the closing quote, not ' b'"),
    ('gtp:""', "command must be a text, not ''"),
    ("zero:weights=a\nb", "must be printable text in one line"),
    ("zero:weights=\x1b[31m", "must be printable text"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_mistake_is_explained_in_one_line(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(text)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


PRINTABLE = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1
).filter(str.strip)


@given(command=PRINTABLE, cwd=PRINTABLE, timeout=st.floats(1e-9, 1e9))
def test_every_spec_survives_its_text(command: str, cwd: str, timeout: float) -> None:
    options = (("command", command), ("timeout", timeout), ("cwd", cwd))
    assert parse_spec(str(AgentSpec("gtp", options))) == AgentSpec("gtp", options)


@given(st.text(st.sampled_from("randomtoldzerogtp:=,\"'\\ .05eπ\n"), max_size=40))
def test_any_text_is_a_spec_or_a_mistake(text: str) -> None:
    said = ""
    try:
        spec = parse_spec(text)
        assert parse_spec(str(spec)) == spec
    except SpecError as error:
        said = str(error)
    assert said.isprintable()


def test_agent_bears_the_canonical_name() -> None:
    agent = make_agent(" random ")
    assert isinstance(agent, Agent)
    assert agent.name == "random"


def test_what_cannot_be_made_says_so() -> None:
    with pytest.raises(EngineStartError, match="no such program"):
        make_agent("gtp:no-such-engine --gtp")
    with pytest.raises(AgentError, match="no such folder"):
        make_agent('gtp:"true",cwd=/no/such/folder')


def test_default_is_the_best_that_has_weights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(agents.spec, "SHIPPED", tmp_path)
    assert default_spec() == "random"
    (tmp_path / "told").mkdir()
    assert default_spec() == "told"
    (tmp_path / "zero").mkdir()
    (tmp_path / "zero" / "5x5.safetensors").touch()
    assert default_spec(5) == "zero"
    assert default_spec(9) == "told"
    (tmp_path / "zero" / "9x9.safetensors").touch()
    assert default_spec(9) == "zero"


def test_help_shows_examples_that_parse() -> None:
    lines = spec_help().splitlines()
    assert len(lines) == 8
    for line in lines:
        parse_spec(line.split("  ")[0])
        assert len(line) <= 78


def test_torch_is_not_imported_for_agents_that_need_none() -> None:
    program = (
        "import sys; from agents.spec import make_agent; make_agent('random');"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0


# ---------------------------------------------------------------- the table


def test_the_page_says_what_the_table_says() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "agents.md"
    assert page.read_text().endswith(f"## Kinds\n\n{kinds_table()}")


def test_what_is_not_given_is_what_the_table_says() -> None:
    usual = {name: option.usual for name, option in KINDS["zero"].options.items()}
    parameters = inspect.signature(ZeroAgent).parameters
    for name in ("simulations", "aim", "root", "leaf_batch"):
        assert usual[name] == str(parameters[name].default)
    assert parameters["eight_bit"].default is (usual["eight_bit"] == "yes")
    told = inspect.signature(ToldAgent).parameters["temperature"].default
    assert float(usual["temperature"]) == parameters["temperature"].default == told
    assert KINDS["taught"].options["simulations"].usual == usual["simulations"]
    for kind in ("gnugo", "gtp"):
        assert float(KINDS[kind].options["timeout"].usual) == DEFAULT_TIMEOUT


def test_the_command_lists_every_kind_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert untold(["agents"]) == 0
    text = capsys.readouterr().out
    for name, kind in KINDS.items():
        assert f"\n{name}: {kind.meaning}\n    {kind.example}\n" in text
        for option in kind.options.values():
            assert f"({option.expected()}; when not given: " in text
    assert "zero:weights=9x9 " in text
    assert untold(["agents", "--markdown"]) == 0
    assert capsys.readouterr().out == kinds_table()
