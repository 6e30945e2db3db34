"""The report's figures, as matplotlib figures and as SVG text that takes its colours from the page.

Figures are drawn in the light palette below; `to_svg` turns its colours into CSS variables
(`var(--zero)`...), so that one drawing reads well on a light and on a dark page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

__all__ = ["PALETTE", "Curve", "Panel", "boards", "panels", "to_svg"]

PALETTE: Final[Mapping[str, str]] = {
    "ink": "#1f2933",
    "muted": "#5f6b78",
    "grid": "#e3e7ec",
    "zero": "#2463d1",
    "told": "#c4540a",
    "control": "#8a929d",
    "truth": "#0d8a5b",
    "other": "#7a3fd0",
}
"""Name of the CSS variable to the colour on a light page; no two are alike."""

_WOOD, _LINES, _STONE = "#e9cb8f", "#9c7b43", "#1c2127"  # a board looks the same day and night
_WIDTH: Final = 9.0  # inches; the page scales it
_GAP, _CAPTION, _MIN_BOARDS = 0.14, 0.46, 5  # between boards, below them; fewer do not grow
_STYLE: Final[Any] = {  # matplotlib types its keys, differently from version to version
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 9,
    "axes.labelcolor": PALETTE["muted"],
    "axes.titlecolor": PALETTE["ink"],
    "axes.edgecolor": PALETTE["muted"],
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALETTE["grid"],
    "grid.linewidth": 0.8,
    "xtick.color": PALETTE["muted"],
    "ytick.color": PALETTE["muted"],
    "text.color": PALETTE["ink"],
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a panel.

    Attributes:
        label: its name in the legend; empty for none.
        color: a name in PALETTE.
        xs: places along the panel's axis; one alone, or none, draws a level line at `ys[0]`.
        ys: its values.
        low, high: ends of intervals, drawn as bars; empty for none.
        style: a matplotlib line style.
        marked: whether each value gets a dot.
        width: of the line, in points.
        band: whether intervals are drawn as a band along the line instead of bars.
    """

    label: str
    color: str
    xs: Sequence[float]
    ys: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    style: str = "-"
    marked: bool = False
    width: float = 2.2
    band: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One set of axes.

    Attributes:
        title: what is shown, in words.
        curves: its lines.
        share: whether the values are shares, shown from 0 to 100 %.
        legend: whether to draw one.
        x_label: what the horizontal axis counts.
    """

    title: str
    curves: Sequence[Curve] = field(default=())
    share: bool = False
    legend: bool = False
    x_label: str = "self-play positions"


def panels(
    drawn: Sequence[Panel], columns: int, height: float = 2.9, shared_legend: bool = False
) -> Figure:
    """Panels in rows of `columns`, each `height` inches high.

    With `shared_legend` the first panel's curves are named below all panels.
    """
    rows = -(-len(drawn) // columns)

    def draw() -> Figure:
        figure = Figure(figsize=(_WIDTH, height * rows), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, panel in zip(grid.flat, drawn, strict=False):
            _draw_panel(axes, panel)
        for axes in grid.flat[len(drawn) :]:
            axes.set_visible(False)
        if shared_legend:
            handles, labels = grid.flat[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
        return figure

    return _styled(draw)


def boards(maps: Sequence[NDArray[np.float64]], captions: Sequence[str]) -> Figure:
    """Small boards in a row: on every point a stone whose area is its probability.

    Args:
        maps: `float64 [N, N]` each; row 0 is the top edge. A stone that fills its point has the
            largest probability of all maps.
        captions: a line or two below each board.
    """
    largest = max(float(each.max()) for each in maps)

    def draw() -> Figure:
        count = max(len(maps), _MIN_BOARDS)
        edge = (_WIDTH - _GAP * (count - 1)) / count
        height = edge + _CAPTION
        figure = Figure(figsize=(_WIDTH, height))
        for number, (probabilities, caption) in enumerate(zip(maps, captions, strict=True)):
            left = number * (edge + _GAP) / _WIDTH
            axes = figure.add_axes((left, _CAPTION / height, edge / _WIDTH, edge / height))
            _draw_board(axes, probabilities, largest)
            for line, words in enumerate(caption.split("\n")):
                below = -(0.19 + 0.2 * line) / edge
                axes.text(0.5, below, words, transform=axes.transAxes, ha="center")
        return figure

    return _styled(draw)


def to_svg(figure: Figure, name: str) -> str:
    """The figure as an `<svg>` element for a page that defines the palette's CSS variables.

    `name` keeps its inner ids apart from other figures' and makes them the same every time. No
    address stands in the text, namespaces included: inside HTML none is needed.
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\s(xmlns(:\w+)?|version)="[^"]*"', "", svg)
    svg = re.sub(r'(<svg[^>]*?)\swidth="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?)\sheight="[^"]*"', r"\1", svg, count=1)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r'\sid="([^"]*)"', lambda match: match[0] if match[1] in used else "", svg)
    for variable, color in PALETTE.items():
        svg = svg.replace(color, f"var(--{variable})")
    return svg.strip()


def _styled(draw: Callable[[], Figure]) -> Figure:
    with mpl.rc_context(_STYLE):
        return draw()


def _draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title)
    for curve in panel.curves:
        _draw_curve(axes, curve)
    axes.margins(x=0.03)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _count_text(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.set_xlabel(panel.x_label)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    if panel.share:
        axes.set_ylim(-0.03, 1.03)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    if panel.legend:
        axes.legend(loc="best", handlelength=1.6, labelspacing=0.35)


def _draw_curve(axes: Axes, curve: Curve) -> None:
    color = PALETTE[curve.color]
    label = curve.label or "_"
    if len(curve.xs) < 2 and not curve.low:
        for level in curve.ys[:1]:
            axes.axhline(level, color=color, linestyle=curve.style, linewidth=1.7, label=label)
        return
    marker = "o" if curve.marked else ""
    axes.plot(
        curve.xs, curve.ys, color=color, linestyle=curve.style, label=label, marker=marker,
        markersize=4.5, linewidth=curve.width,
    )  # fmt: skip
    if curve.low and curve.band and len(curve.xs) > 1:
        axes.fill_between(curve.xs, curve.low, curve.high, color=color, alpha=0.16, linewidth=0)
    elif curve.low:
        axes.vlines(curve.xs, curve.low, curve.high, color=color, linewidth=1.8, alpha=0.6)


def _draw_board(axes: Axes, probabilities: NDArray[np.float64], largest: float) -> None:
    size = len(probabilities)
    axes.set_xlim(-0.75, size - 0.25)
    axes.set_ylim(size - 0.25, -0.75)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.add_patch(Rectangle((-0.75, -0.75), size + 0.5, size + 0.5, color=_WOOD, linewidth=0))
    for line in range(size):
        for xs, ys in (((0, size - 1), (line, line)), ((line, line), (0, size - 1))):
            axes.plot(xs, ys, color=_LINES, linewidth=0.7, solid_capstyle="butt")
    for (row, column), probability in np.ndenumerate(probabilities):
        radius = 0.48 * float(np.sqrt(probability / largest)) if largest > 0 else 0.0
        axes.add_patch(Circle((column, row), radius, color=_STONE, linewidth=0, zorder=3))


def _count_text(value: float) -> str:
    """`250k`, `1.5M`: a number of positions on an axis."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if abs(value) >= 1e3 else f"{value:g}"
