"""Weights on disk: kept exactly, and every kind of bad file named in one line."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save

from agents.base import AgentError
from agents.net import NetConfig, PolicyValueNet, load_bounds, load_net, read_weights, save_net
from tests.agents.net.test_network import lived_in, positions

CONFIG = NetConfig(blocks=2, channels=8, pool_every=2, head_channels=4, value_hidden=8)


def saved(path: Path, **options: Any) -> PolicyValueNet:
    net = lived_in(CONFIG)
    save_net(net, path, **options)
    return net


def test_full_precision_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    net = saved(path, board_size=5, positions=1234, note="two\nlines")
    again = load_net(path)
    assert again.config == CONFIG
    assert not again.training
    for name, value in net.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name
    config, tensors, facts = read_weights(path)
    assert config == CONFIG
    assert tensors.keys() == net.state_dict().keys()
    assert facts == {"board_size": 5, "positions": 1234, "note": "two\nlines"}


def test_half_precision_round_trip(tmp_path: Path) -> None:
    path, full = tmp_path / "half.safetensors", tmp_path / "full.safetensors"
    net = saved(path, half=True)
    save_net(net, full)
    again = load_net(path)
    for name, value in net.state_dict().items():
        found = again.state_dict()[name]
        assert found.dtype == value.dtype
        # fp16 keeps 11 bits.
        torch.testing.assert_close(found, value, rtol=2**-11, atol=1e-7)
    assert path.stat().st_size < 0.7 * full.stat().st_size
    planes = torch.from_numpy(positions(5))
    with torch.no_grad():
        torch.testing.assert_close(again(planes).policy, net(planes).policy, rtol=0.05, atol=0.05)


BOUNDS = {"block0": 1.5, "inner0": 0.0, "block1": 2.0, "inner1": 7.25, "trunk": 0.5}


def test_bounds_of_the_activations_come_along(tmp_path: Path) -> None:
    saved(tmp_path / "with", bounds=BOUNDS, board_size=9)
    saved(tmp_path / "without", board_size=9)
    assert load_bounds(tmp_path / "with") == BOUNDS
    assert load_bounds(tmp_path / "without") is None
    assert read_weights(tmp_path / "with")[2] == {"board_size": 9}


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {**BOUNDS, "block2": 1.0},
        {name: bound for name, bound in BOUNDS.items() if name != "trunk"},
        {**BOUNDS, "trunk": float("inf")},
        {**BOUNDS, "trunk": float("nan")},
        {**BOUNDS, "trunk": -1.0},
        {**BOUNDS, "trunk": "wide"},
        {**BOUNDS, "trunk": None},
    ],
)
def test_bounds_that_are_not_the_network_s(tmp_path: Path, bounds: dict[str, Any]) -> None:
    path = tmp_path / "net.safetensors"
    saved(path, bounds=bounds)
    with pytest.raises(AgentError, match="no usable bounds"):
        load_bounds(path)


def test_the_path_s_whole_name_is_kept(tmp_path: Path) -> None:
    """Nets 1.5 and 1.6 are two files, and none is written through the other."""
    saved(tmp_path / "net-1.5")
    saved(tmp_path / "net-1.6")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net-1.5", "net-1.6"]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.safetensors"
    saved(path)
    before = path.read_bytes()

    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        saved(path, half=True)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.safetensors"]


# ---------------------------------------------------------------- bad files


class Bomb:
    """Unpickling one makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (str(self.mark),)


def good_bytes(tmp_path: Path) -> bytes:
    saved(tmp_path / "good")
    return (tmp_path / "good").read_bytes()


Tensors = Mapping[str, torch.Tensor | None]
Header = Mapping[str, str | None]


def rewritten(tensors: Tensors, header: Header) -> bytes:
    """A good file with some tensors and header entries changed; None takes one away."""
    sizes = {"blocks": 2, "channels": 8, "pool_every": 2, "head_channels": 4, "value_hidden": 8}
    good = {"format": "untold-net-1", "planes": "13", "net": json.dumps(sizes), "facts": "{}"}
    all_tensors = {**lived_in(CONFIG).state_dict(), **tensors}
    all_header = {**good, **header}
    return save(
        {name: tensor for name, tensor in all_tensors.items() if tensor is not None},
        {name: text for name, text in all_header.items() if text is not None},
    )


def refuse(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    for read in (read_weights, load_net):
        with pytest.raises(AgentError, match=reason) as caught:
            read(path)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)


def test_a_rewritten_file_is_good_if_nothing_is_changed(tmp_path: Path) -> None:
    """So the refusals below are about the changes."""
    path = tmp_path / "same"
    path.write_bytes(rewritten({}, {}))
    assert load_net(path).config == CONFIG


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="no such weights file"):
        load_net(tmp_path / "nothing")
    with pytest.raises(AgentError, match="no usable weights file") as caught:
        load_net(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"some words, and rather more of them than eight bytes",
        b"PK\x03\x04 a zip perhaps",
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 8) + b"\xff" * 8,
    ],
    ids=["empty", "a byte", "text", "zip", "endless header", "no header", "list", "no utf-8"],
)
def test_other_files(tmp_path: Path, content: bytes) -> None:
    refuse(tmp_path, content, "no usable weights file|not a network of this program")


def test_truncated_files(tmp_path: Path) -> None:
    content = good_bytes(tmp_path)
    for length in (3, 8, 40, len(content) // 2, len(content) - 1):
        refuse(tmp_path, content[:length], "no usable weights file")
    refuse(tmp_path, content + b"\0", "no usable weights file")


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    mark, path = tmp_path / "exploded", tmp_path / "net.pt"
    for zipped in (True, False):
        torch.save({"weights": Bomb(mark)}, path, _use_new_zipfile_serialization=zipped)
        refuse(tmp_path, path.read_bytes(), "no usable weights file")
    assert not mark.exists()
    torch.load(path, weights_only=False)  # this is what must not happen
    assert mark.exists()


BIAS = "score_out.bias"
CASES: dict[str, tuple[Tensors, Header, str]] = {
    "other format": ({}, {"format": "other"}, "not a network of this program"),
    "no format": ({}, {"format": None}, "not a network of this program"),
    "other planes": ({}, {"planes": "17"}, "other input planes .17."),
    "no sizes": ({}, {"net": None}, "no usable weights file"),
    "sizes no JSON": ({}, {"net": "{"}, "no usable weights file"),
    "sizes no table": ({}, {"net": "[1]"}, "no usable weights file"),
    "impossible sizes": ({}, {"net": '{"blocks": 0}'}, "blocks must be"),
    "strange sizes": ({}, {"net": '{"width": 5}'}, "no usable weights file"),
    "other sizes": ({}, {"net": '{"blocks": 3}'}, "does not fit its own header"),
    "facts no JSON": ({}, {"facts": "{"}, "no usable weights file"),
    "facts no table": ({}, {"facts": "3"}, "no usable weights file"),
    "tensor missing": ({BIAS: None}, {}, f"{BIAS} is missing"),
    "tensor too many": ({"x": torch.ones(1)}, {}, "no place for x"),
    "wrong shape": ({BIAS: torch.zeros(2)}, {}, rf"{BIAS} is F32 \[2\], not F32 \[1\]"),
    "wrong kind": ({BIAS: torch.zeros(1, dtype=torch.int32)}, {}, f"{BIAS} is I32"),
    "not a number": ({BIAS: torch.tensor([float("nan")])}, {}, "not finite"),
    "infinite": ({BIAS: torch.tensor([float("-inf")])}, {}, "not finite"),
}


@pytest.mark.parametrize("case", CASES)
def test_files_that_do_not_fit(tmp_path: Path, case: str) -> None:
    tensors, header, reason = CASES[case]
    refuse(tmp_path, rewritten(tensors, header), reason)


def test_flipped_bits_in_the_header_never_crash(tmp_path: Path) -> None:
    """Whatever bit of the header is turned: a network, or one line."""
    content = bytearray(good_bytes(tmp_path))
    path = tmp_path / "bad.safetensors"
    refused = []
    for place in range(0, 8 + int.from_bytes(content[:8], "little"), 97):
        content[place] ^= 0x10
        path.write_bytes(content)
        try:
            load_net(path)
        except AgentError as error:
            refused.append(str(error))
        content[place] ^= 0x10
    assert len(refused) > 20
    assert "\n" not in "".join(refused)
