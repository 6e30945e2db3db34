"""Tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

__all__ = ["print_table"]

_PIPE_WIDTH = 160  # columns: into a pipe or a file nothing is cut off to fit a screen


def print_table(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    texts: Collection[str] = ("agent", "faults", "endings"),
) -> None:
    """Print a table; the columns whose heads are in `texts` are text, set left and wrapped where
    the screen is narrow, the others figures."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD)
    for name in head:
        is_text = name in texts
        table.add_column(escape(name), justify="left" if is_text else "right", no_wrap=not is_text)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False).print(table)
