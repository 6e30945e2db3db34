"""GTP's commands about the game: set it up, play, look at it, count it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.gtp.arguments import GtpError, color_of, number, vertex, whole, word
from agents.gtp.game import GtpGame
from agents.gtp.rules_text import read_rules, rules_json
from go_engine.coords import move_to_vertex
from go_engine.diagram import render_game
from go_engine.handicap import handicap_points, max_handicap
from go_engine.rules import BLACK, MAX_SIZE, MIN_SIZE, WHITE, Rules
from go_engine.settling import propose_dead, settled_score
from go_engine.sgf import margin_string
from go_engine.state import GameState

__all__ = ["GameCommands"]

Command = Callable[[list[str]], str]


class GameCommands:
    """The game, and the commands that need no agent.

    Attributes:
        game: the game.
        on_new_game: called when a new game begins.
    """

    def __init__(self, rules: Rules) -> None:
        self.game = GtpGame(rules)
        self.on_new_game: Callable[[], None] = lambda: None

    @property
    def state(self) -> GameState:
        """The game as it stands. Not a copy."""
        return self.game.state

    @property
    def size(self) -> int:
        """Points along an edge."""
        return self.game.rules.board_size

    def commands(self) -> dict[str, Command]:
        """By name."""
        return {
            "boardsize": self._boardsize,
            "rectangular_boardsize": self._boardsize,
            "clear_board": self._clear_board,
            "komi": self._komi,
            "get_komi": lambda _: f"{self.game.rules.komi:g}",
            "kata-get-rules": lambda _: rules_json(self.game.rules),
            "kata-set-rules": self._set_rules,
            "kgs-rules": self._set_rules,
            "kata-set-rule": self._set_rule,
            "fixed_handicap": self._fixed_handicap,
            "place_free_handicap": self._place_free_handicap,
            "set_free_handicap": self._set_free_handicap,
            "play": self._play,
            "gogui-play_sequence": self._play_sequence,
            "gogui-setup": self._setup,
            "gogui-setup_player": self._setup_player,
            "undo": self._undo,
            "gg-undo": self._undo_many,
            "loadsgf": self._loadsgf,
            "printsgf": self._printsgf,
            "showboard": lambda _: "\n" + render_game(self.state),
            "all_legal": self._all_legal,
            "is_legal": self._is_legal,
            "final_score": self._final_score,
            "final_status_list": self._final_status_list,
        }

    # ---- setting up

    def _boardsize(self, words: list[str]) -> str:
        size = whole(words, 0, "board size")
        is_square = len(words) < 2 or whole(words, 1, "board size") == size
        if not MIN_SIZE <= size <= MAX_SIZE or not is_square:
            raise GtpError("unacceptable size")
        self.game.clear(size)
        self.on_new_game()
        return ""

    def _clear_board(self, _: list[str]) -> str:
        self.game.clear()
        self.on_new_game()
        return ""

    def _komi(self, words: list[str]) -> str:
        komi = number(words, 0, "komi")
        self.game.change_rules(dataclasses.replace(self.game.rules, komi=komi))
        return ""

    def _set_rules(self, words: list[str]) -> str:
        word(words, 0)
        return self._change_rules(" ".join(words))

    def _set_rule(self, words: list[str]) -> str:
        field, value = word(words, 0), word(words, 1)
        truth = {"true": True, "false": False}
        return self._change_rules({field: truth.get(value.lower(), value.upper())})

    def _change_rules(self, value: object) -> str:
        try:
            rules = read_rules(value, self.game.rules)
        except ValueError as error:
            raise GtpError(str(error)) from None
        self.game.change_rules(rules)
        return ""

    def _fixed_handicap(self, words: list[str]) -> str:
        count = whole(words, 0, "number of stones")
        if not 2 <= count <= max_handicap(self.size):
            raise GtpError("invalid number of stones")
        return self._place(handicap_points(self.size, count))

    def _place_free_handicap(self, words: list[str]) -> str:
        """We place no more stones than have a traditional place, as GTP allows."""
        count = min(whole(words, 0, "number of stones"), max_handicap(self.size))
        if count < 2:
            raise GtpError("invalid number of stones")
        return self._place(handicap_points(self.size, count))

    def _set_free_handicap(self, words: list[str]) -> str:
        if len(words) < 2:
            raise GtpError("bad vertex list")
        self._place(tuple(vertex(words, i, self.size) for i in range(len(words))))
        return ""

    def _place(self, points: tuple[int, ...]) -> str:
        self.game.set_handicap(points)
        return " ".join(move_to_vertex(point, self.size) for point in points)

    # ---- playing

    def _play(self, words: list[str]) -> str:
        self.game.play(color_of(words, 0), vertex(words, 1, self.size))
        return ""

    def _play_sequence(self, words: list[str]) -> str:
        """All of the moves or none."""
        moves = [
            (color_of(words, i), vertex(words, i + 1, self.size)) for i in range(0, len(words), 2)
        ]
        for done, (color, move) in enumerate(moves):
            try:
                self.game.play(color, move)
            except GtpError:
                self.game.undo(done)
                raise
        return ""

    def _setup(self, words: list[str]) -> str:
        """Stones as they come, without moves; nothing is taken. Black is to play."""
        stones = self.state.stones().copy()
        for i in range(0, len(words), 2):
            color, point = color_of(words, i), vertex(words, i + 1, self.size)
            if point == self.game.rules.pass_move:
                raise GtpError("syntax error: a pass is no stone")
            stones.flat[point] = color
        return self._start_from(stones, BLACK)

    def _setup_player(self, words: list[str]) -> str:
        if self.game.moves:
            raise GtpError("moves have been played")
        return self._start_from(self.state.stones(), color_of(words, 0))

    def _start_from(self, stones: NDArray[np.int8], to_play: int) -> str:
        try:
            self.game.set_up(stones, to_play)
        except ValueError:
            raise GtpError("a chain has no liberty") from None
        return ""

    def _undo(self, _: list[str]) -> str:
        self.game.undo()
        return ""

    def _undo_many(self, words: list[str]) -> str:
        self.game.undo(whole(words, 0, "number of moves") if words else 1)
        return ""

    # ---- records

    def _loadsgf(self, words: list[str]) -> str:
        """`loadsgf FILE [MOVE]`: the position before that move, or at the end. Names of files may
        contain blanks."""
        word(words, 0)
        moves = None
        if len(words) > 1 and words[-1].isascii() and words[-1].isdigit():
            moves = max(0, whole(words, len(words) - 1, "move number") - 1)
            words = words[:-1]
        self.game.load(Path(" ".join(words)), moves)
        self.on_new_game()
        return ""

    def _printsgf(self, words: list[str]) -> str:
        """`printsgf [FILE]`; a file that is there already is left as it is."""
        text = "\n".join(line for line in self.game.sgf().splitlines() if line.strip())
        if not words:
            return text
        try:
            with Path(" ".join(words)).open("x", encoding="utf-8") as file:
                file.write(text + "\n")
        except (OSError, ValueError):
            raise GtpError("cannot write a new file of that name") from None
        return ""

    # ---- looking

    def _all_legal(self, words: list[str]) -> str:
        color = color_of(words, 0) if words else self.state.to_play
        moves = self.game.with_turn(color).legal_moves()[:-1]  # but the pass
        return " ".join(move_to_vertex(int(move), self.size) for move in moves)

    def _is_legal(self, words: list[str]) -> str:
        state = self.game.with_turn(color_of(words, 0))
        return str(int(state.is_legal(vertex(words, 1, self.size))))

    def _final_score(self, _: list[str]) -> str:
        """Without the stones that `final_status_list dead` names."""
        dead = self._dead()
        return margin_string(settled_score(self.state, dead) - self.game.rules.komi)

    def _final_status_list(self, words: list[str]) -> str:
        """Chains, one a line, that are `alive` or `dead`; we call nothing `seki`."""
        status = word(words, 0).lower()
        if status not in ("alive", "dead", "seki"):
            raise GtpError("syntax error: expected alive, dead or seki")
        dead = self._dead()
        chains = sorted(self.state.board.chains(BLACK) + self.state.board.chains(WHITE))
        lines = [
            " ".join(move_to_vertex(point, self.size) for point in chain)
            for chain in chains
            if status == ("dead" if chain[0] in dead else "alive")
        ]
        return "\n".join(lines)

    def _dead(self) -> frozenset[int]:
        """The same answer every time it is asked for about a position."""
        return propose_dead(self.state, np.random.default_rng(0))
