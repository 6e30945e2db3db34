"""The rules of the house that a tool does not check: nothing is unpickled, no private path is
committed, every exported name exists, and every self-play module has declared its purity."""

from __future__ import annotations

import ast
import importlib
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("go_engine", "agents", "selfplay", "scripts")

# ---------------------------------------------------------------- nothing is ever unpickled

PICKLE_MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve"}
PICKLE_CALLS = {
    "torch.load",
    "torch.serialization.load",
    "torch.jit.load",
    "torch.hub.load",
    "torch.hub.load_state_dict_from_url",
    "torch.package.PackageImporter",
}


def _imported_names(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for: {"t": "torch", "load": "torch.load"}."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute chain; empty if it does not start at a plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := _dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""


def _allows_pickle(call: ast.Call) -> bool:
    """True if the call passes `allow_pickle` as anything but a plain False."""
    return any(
        keyword.arg == "allow_pickle"
        and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
        for keyword in call.keywords
    )


def unpicklings(source: str) -> Iterator[str]:
    """Each way in which a Python source could unpickle a file, as "line: what"."""
    tree = ast.parse(source)
    names = _imported_names(tree)
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute):
            first, _, rest = _dotted(node).partition(".")
            found = [f"{names.get(first, first)}.{rest}"]
        elif isinstance(node, ast.Call) and _allows_pickle(node):
            yield f"{node.lineno}: allow_pickle"
        for name in found:
            if name.split(".")[0] in PICKLE_MODULES or name in PICKLE_CALLS:
                yield f"{getattr(node, 'lineno', 0)}: {name}"


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load('net.pt')",
        "import torch\ntorch.load('net.pt', weights_only=True)",
        "import torch as t\nread = t.load",
        "import torch.serialization\ntorch.serialization.load('net.pt')",
        "from torch import load",
        "from torch.jit import load as restore",
        "import pickle",
        "def f():\n    import pickle as p",
        "from pickle import loads",
        "import shelve, json",
        "from dill import load",
        "import joblib.numpy_pickle",
        "import numpy as np\nnp.load('a.npz', allow_pickle=True)",
        "from numpy import load\nload('a.npz', allow_pickle=bool(1))",
    ],
)
def test_checker_sees_unpickling(source: str) -> None:
    assert list(unpicklings(source))


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.load('a.npz')",
        "import numpy as np\nnp.load('a.npz', allow_pickle=False)",
        "import json\njson.load(open('a.json'))",
        "from safetensors.torch import load_file\nload_file('net.safetensors')",
        "torch = object()\nmodel.load('x')",
    ],
)
def test_checker_lets_plain_reading_pass(source: str) -> None:
    assert not list(unpicklings(source))


def test_no_file_of_ours_unpickles() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert files
    found = [
        f"{path.relative_to(ROOT)}:{what}"
        for path in files
        for what in unpicklings(path.read_text(encoding="utf-8"))
    ]
    assert found == []


# ---------------------------------------------------------------- nothing names a private folder

# In two parts, so that this file does not find itself.
PRIVATE_FOLDERS = ("/" + "work/", "/" + "root/")


def _files_of_the_repository() -> list[Path]:
    """Tracked files and those about to be (untracked, not ignored); skips outside a clone."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git clone, or no git here: {error}")
    paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_text_file_names_a_private_folder() -> None:
    files = _files_of_the_repository()
    assert Path(__file__).resolve() in files
    found = []
    for path in files:
        content = path.read_bytes()
        if b"\0" in content:  # not text
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            if any(folder in line for folder in PRIVATE_FOLDERS):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


# ---------------------------------------------------------------- exported names exist


def _packages_with_exports() -> list[str]:
    """Dotted names of our packages whose `__init__.py` has an `__all__`."""
    names = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("__init__.py")):
            if "__all__" in path.read_text(encoding="utf-8"):
                names.append(".".join(path.parent.relative_to(ROOT).parts))
    return names


@pytest.mark.parametrize("name", _packages_with_exports())
def test_exported_names_exist(name: str) -> None:
    module = importlib.import_module(name)
    exported: list[str] = module.__all__
    assert len(exported) == len(set(exported)), "a name is exported twice"
    assert [entry for entry in exported if not hasattr(module, entry)] == []


# ---------------------------------------------------------------- purity is declared in full

# import-linter refuses names that do not exist, so its lists grow with the code; these tests see
# to it that they do.

# Modules that hold what people told.
TOLD_MODULES = ("go_engine.concepts", "go_engine.solving", "agents.told")
# Self-play modules that may know told things, and say so: learning from labelled games, probes and
# the report, and the package's front and command, which put both halves side by side.
MAY_KNOW_TOLD_THINGS = {"__init__", "__main__", "supervised", "insight"}


def _purity_contracts() -> list[dict[str, list[str]]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    return [contract for contract in contracts if contract["name"].startswith("Purity")]


def _exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_purity_contracts_forbid_every_told_module() -> None:
    contracts = _purity_contracts()
    assert len(contracts) == 2
    for contract in contracts:
        missing = [
            module
            for module in TOLD_MODULES
            if _exists(module) and module not in contract["forbidden_modules"]
        ]
        assert missing == [], f"add to forbidden_modules of: {contract['name']}"


def test_every_selfplay_module_is_pure_or_said_not_to_be() -> None:
    pure = {
        source.split(".")[1]
        for contract in _purity_contracts()
        for source in contract["source_modules"]
        if source.startswith("selfplay.")
    }
    folder = ROOT / "selfplay"
    modules = {path.stem for path in folder.glob("*.py")}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert pure & MAY_KNOW_TOLD_THINGS == set()
    undeclared = modules - pure - MAY_KNOW_TOLD_THINGS
    assert undeclared == set(), "add to the purity contract in pyproject.toml, or to the list here"
