"""Pieces of an HTML page: one file that needs nothing else, for light and dark screens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from selfplay.insight.plots import PALETTE

__all__ = [
    "cards",
    "command",
    "details",
    "facts",
    "figure",
    "notes",
    "page",
    "paragraph",
    "preformatted",
    "section",
    "table",
]

_DARK: Final[Mapping[str, str]] = {
    "ink": "#e6eaf0",
    "muted": "#9aa6b4",
    "grid": "#2b333d",
    "zero": "#7cabff",
    "told": "#ff9f5a",
    "control": "#79838f",
    "truth": "#4fcb95",
    "other": "#c39bff",
}
assert set(_DARK) == set(PALETTE)

_LAYOUT: Final = """
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
main { max-width: 58rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 .6rem }
h2 { font-size: 1.35rem; letter-spacing: -.01em; margin: 0 0 .5rem }
p { margin: .6rem 0; max-width: 44rem }
.lead { font-size: 1.12rem }
.small { font-size: .88rem; color: var(--muted) }
.kicker { color: var(--muted); font-size: .85rem; letter-spacing: .06em; text-transform: uppercase;
  margin: 0 0 .4rem }
section { margin-top: 3rem }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.4rem, 1fr)); gap: .8rem;
  margin: 1.6rem 0 }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .7rem;
  padding: .9rem 1rem }
.card b { display: block; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums }
.card span { color: var(--muted); font-size: .88rem; line-height: 1.4; display: block }
figure { margin: 1.2rem 0; background: var(--card); border: 1px solid var(--line);
  border-radius: .7rem; padding: 1rem }
figure .plot { overflow-x: auto }
figure svg { display: block; width: 100%; min-width: 34rem; height: auto }
svg text { font-family: inherit !important }
figcaption { color: var(--muted); font-size: .9rem; margin-top: .7rem }
code { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: var(--code); border-radius: .3rem; padding: .1em .35em; overflow-wrap: anywhere }
p code, figcaption code { white-space: nowrap }
.again code { white-space: normal }
.again { margin: .35rem 0 0; font-size: .85rem; color: var(--muted) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .93rem;
  font-variant-numeric: tabular-nums; margin: .8rem 0 }
th, td { text-align: right; padding: .42rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top }
th { color: var(--muted); font-weight: 600; font-size: .85rem }
td { white-space: nowrap }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
.notes { border-left: 3px solid var(--told); padding: .1rem 0 .1rem 1rem; margin: 1rem 0;
  font-size: .93rem }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .35rem 1.5rem;
  margin: 1rem 0 }
dt { color: var(--muted) }
dd { margin: 0; font-variant-numeric: tabular-nums }
details { margin: 1rem 0 }
summary { cursor: pointer; color: var(--muted); font-size: .93rem }
pre { background: var(--code); border-radius: .5rem; padding: .9rem 1rem; overflow-x: auto;
  font-size: .82rem; line-height: 1.5 }
@media print { figure, .card { break-inside: avoid } }
"""


def page(title: str, body: str) -> str:
    """The whole document."""
    light = _variables(PALETTE) + "--page:#f7f8fa;--card:#fff;--line:#e1e5ea;--code:#eef0f3;"
    dark = _variables(_DARK) + "--page:#12161b;--card:#1a2027;--line:#2b333d;--code:#252d36;"
    style = (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}{_LAYOUT}"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def section(name: str, title: str, *parts: str) -> str:
    """A section with an anchor called `name`."""
    inner = "\n".join(part for part in parts if part)
    return f'<section id="{escape(name)}">\n<h2>{escape(title)}</h2>\n{inner}\n</section>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text, where `backquotes` mark what one types."""
    return f"<p{_class(kind)}>{_inline(text)}</p>"


def command(text: str, before: str = "Again: ") -> str:
    """A line that says how to make something again."""
    return f'<p class="again">{escape(before)}<code>{escape(text)}</code></p>'


def figure(svg: str, what: str, caption: str, again: str) -> str:
    """A drawing with words below it.

    Args:
        svg: the `<svg>` element.
        what: the drawing in one phrase, for people who do not see it.
        caption: what to read off it.
        again: the command that makes it.
    """
    named = svg.replace("<svg", f'<svg role="img" aria-label="{escape(what)}"', 1)
    return (
        f'<figure>\n<div class="plot">{named}</div>\n'
        f"<figcaption>{_inline(caption)}{command(again)}</figcaption>\n</figure>"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column holds names, the others numbers."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table>\n<thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody>\n</table></div>"
    )


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and what they are, in two columns."""
    inner = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f"<dl>{inner}</dl>"


def cards(numbers: Sequence[tuple[str, str]]) -> str:
    """Large numbers with a line of words below each."""
    inner = "\n".join(
        f'<div class="card"><b>{escape(number)}</b><span>{escape(words)}</span></div>'
        for number, words in numbers
    )
    return f'<div class="cards">\n{inner}\n</div>'


def notes(lines: Sequence[str]) -> str:
    """What the reader should be warned of; nothing if there is nothing."""
    if not lines:
        return ""
    inner = "".join(f"<p>{_inline(line)}</p>" for line in lines)
    return f'<div class="notes">{inner}</div>'


def details(summary: str, inner: str) -> str:
    """Something that opens at a click."""
    return f"<details><summary>{escape(summary)}</summary>\n{inner}\n</details>"


def preformatted(text: str) -> str:
    """Text as it stands."""
    return f"<pre>{escape(text)}</pre>"


def _variables(colors: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{color};" for name, color in colors.items())


def _inline(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _class(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""
