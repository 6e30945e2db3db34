"""Where everything stands on the full screen."""

from __future__ import annotations

from typing import Final

from rich.text import Text
from textual.widgets import Static

__all__ = ["BELOW", "LAYOUT", "SIDE", "TALK", "Status"]

SIDE: Final = 36  # columns of the panels at least; narrower screens show but the talk, below
TALK: Final = 6  # rows for the talk below the board, where there are so many
BELOW: Final = 3  # rows below the board: two of words, one of keys

LAYOUT: Final = """
#main { height: 1fr; }
#left { width: auto; min-width: 43; height: 100%; }
#status { height: 2; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
#side { width: 1fr; min-width: 36; padding: 0 1; height: 100%; }
#players { height: auto; margin-bottom: 1; }
#chances { height: auto; margin-bottom: 1; }
#candidates { height: auto; margin-bottom: 1; }
#talk { height: 1fr; background: $background; scrollbar-size-vertical: 1;
        scrollbar-background: $background; }
#small { display: none; width: 100%; height: 100%; padding: 1 2; }
.too-small #main { display: none; }
.too-small Footer { display: none; }
.too-small #small { display: block; }
.narrow #main { layout: vertical; }
.narrow #left { width: 1fr; min-width: 0; height: auto; }
.narrow #side { min-width: 0; height: 1fr; }
.narrow #players, .narrow #chances, .narrow #candidates { display: none; }
"""


class Status(Static):
    """Words in a space of fixed size: other ones need no new layout of the screen, which would cost
    each key more than all the rest."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._words = Text()

    def show(self, words: Text) -> None:
        """Show other words."""
        self._words = words
        self.refresh()

    def render(self) -> Text:
        """See `Widget.render`."""
        return self._words
