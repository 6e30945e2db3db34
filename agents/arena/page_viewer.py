"""The style and the script of a tournament's page: a board on which a game can be gone through.

The script knows how to capture and nothing else of the rules; the games are legal, our referee saw
to that.
"""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE", "VIEWER"]

STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; }
h2 { margin-top: 2rem; font-size: 1.15rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #ddd;
  white-space: nowrap; }
#games tr[data-game] { cursor: pointer; }
#games tr[data-game]:hover, #games tr.chosen { background: #eef3f8; }
.plot { width: 100%; max-width: 640px; font-size: 12px; }
.bar { stroke: #7a9cc0; stroke-width: 6; }
.dot { fill: #24527a; }
.tick { text-anchor: middle; fill: #666; }
#board svg { width: min(100%, 30rem); }
button { font-size: 1rem; min-width: 2.4rem; }
"""

VIEWER: Final = r"""
'use strict';
const byId = name => document.getElementById(name);
let game = null, shown = 0;

function neighbours(point, size) {
  const row = Math.floor(point / size), column = point % size, found = [];
  if (row > 0) found.push(point - size);
  if (row < size - 1) found.push(point + size);
  if (column > 0) found.push(point - 1);
  if (column < size - 1) found.push(point + 1);
  return found;
}

// The chain at `point` if it has no liberty, else nothing.
function captured(stones, point, size) {
  const chain = [point], seen = new Set(chain);
  for (const p of chain)
    for (const q of neighbours(p, size)) {
      if (stones[q] === 0) return [];
      if (stones[q] === stones[point] && !seen.has(q)) { seen.add(q); chain.push(q); }
    }
  return chain;
}

function position(count) {
  const size = game.size, stones = new Array(size * size).fill(0);
  let color = 1;
  for (const move of game.moves.slice(0, count)) {
    if (move < size * size) {
      stones[move] = color;
      for (const q of neighbours(move, size))
        if (stones[q] === -color)
          for (const p of captured(stones, q, size)) stones[p] = 0;
      for (const p of captured(stones, move, size)) stones[p] = 0;
    }
    color = -color;
  }
  return stones;
}

function vertex(move) {
  const size = game.size;
  if (move === size * size) return 'pass';
  return 'ABCDEFGHJKLMNOPQRST'[move % size] + (size - Math.floor(move / size));
}

function drawBoard() {
  const size = game.size, stones = position(shown), last = game.moves[shown - 1];
  const parts = [`<rect width="${size + 1}" height="${size + 1}" fill="#e3b968"/>`];
  for (let i = 1; i <= size; i++) {
    parts.push(`<path d="M1 ${i}H${size}M${i} 1V${size}" stroke="#333" stroke-width=".03"/>`);
    parts.push(`<text x="${i}" y=".4" font-size=".35" text-anchor="middle">` +
      'ABCDEFGHJKLMNOPQRST'[i - 1] + '</text>');
    parts.push(`<text x=".25" y="${i + .12}" font-size=".35" text-anchor="middle">` +
      (size + 1 - i) + '</text>');
  }
  stones.forEach((color, p) => {
    if (color === 0) return;
    const x = p % size + 1, y = Math.floor(p / size) + 1;
    parts.push(`<circle cx="${x}" cy="${y}" r=".47" stroke="#222" stroke-width=".03"` +
      ` fill="${color > 0 ? '#151515' : '#fafafa'}"/>`);
    if (p === last) parts.push(`<circle cx="${x}" cy="${y}" r=".2" fill="none"` +
      ` stroke="${color > 0 ? '#fff' : '#000'}" stroke-width=".06"/>`);
  });
  byId('board').innerHTML = `<svg viewBox="0 0 ${size + 1} ${size + 1}">${parts.join('')}</svg>`;
}

function caption() {
  const said = [`${game.black} (Black) – ${game.white} (White), ${game.result}.`];
  if (shown > 0) {
    const i = shown - 1 - game.opening;
    said.push(`Move ${shown} of ${game.moves.length}: ${shown % 2 ? 'Black' : 'White'} ` +
      vertex(game.moves[shown - 1]) + (i < 0 ? ' (opening)' : '') + '.');
    if (i >= 0 && game.values[i] != null)
      said.push(`Its player gave itself ${(100 * game.values[i]).toFixed(1)} %` +
        (game.leads[i] != null ? ` and ${game.leads[i].toFixed(1)} points` : '') + '.');
    if (i >= 0 && game.seconds[i] != null) said.push(`${game.seconds[i].toFixed(2)} s.`);
  }
  byId('caption').textContent = said.join(' ');
}

function sgf() {
  const safe = text => text.replace(/([\\\]])/g, '\\$1');
  const letter = i => String.fromCharCode(97 + i), size = game.size;
  const moves = game.moves.map((move, i) => ';' + 'BW'[i % 2] + '[' + (move === size * size ? '' :
    letter(move % size) + letter(Math.floor(move / size))) + ']');
  return `(;GM[1]FF[4]CA[UTF-8]SZ[${size}]KM[${game.komi}]PB[${safe(game.black)}]` +
    `PW[${safe(game.white)}]RE[${game.result}]${moves.join('')})`;
}

function show(count) {
  shown = Math.max(0, Math.min(game.moves.length, count));
  drawBoard();
  caption();
}

function choose(row) {
  document.querySelectorAll('#games tr.chosen').forEach(r => r.classList.remove('chosen'));
  row.classList.add('chosen');
  game = GAMES[row.dataset.game];
  byId('viewer').hidden = false;
  byId('sgf').href = 'data:application/x-go-sgf;charset=utf-8,' + encodeURIComponent(sgf());
  byId('sgf').download = game.id + '.sgf';
  show(game.opening);
  byId('viewer').scrollIntoView({block: 'nearest'});
}

document.querySelectorAll('#games tr[data-game]').forEach(row => {
  row.addEventListener('click', () => choose(row));
  row.addEventListener('keydown', event => { if (event.key === 'Enter') choose(row); });
});
byId('start').onclick = () => show(0);
byId('back').onclick = () => show(shown - 1);
byId('on').onclick = () => show(shown + 1);
byId('end').onclick = () => show(game.moves.length);
document.addEventListener('keydown', event => {
  if (!game || !['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
  show(shown + (event.key === 'ArrowLeft' ? -1 : 1));
  event.preventDefault();
});
"""
