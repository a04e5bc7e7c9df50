"""Draws what a terminal shows as an SVG picture.

usage: bounceparse process samples --out bounce-report | python docs/picture.py "COMMAND" > docs/summary.svg
"""

from __future__ import annotations

import sys
from html import escape

CELL, LINE, EDGE = 8.0, 18, 20  # pixels of a character's width, a line's height, the margin
BACK, BAR, TEXT, TITLE, DIM = "#1c2128", "#2d333b", "#cdd9e5", "#6cb6ff", "#8ddb8c"


def text(column: float, row: int, words: str, colour: str) -> str:
    """Return one run of text; its length is fixed, so that columns stand whatever font the viewer has."""
    length = len(words) * CELL
    return (
        f'<text x="{EDGE + column * CELL:g}" y="{row}" fill="{colour}" textLength="{length:g}" '
        f'lengthAdjust="spacingAndGlyphs" xml:space="preserve">{escape(words)}</text>'
    )


def bar(column: int, row: int, cells: int) -> str:
    """Return a bar as a rectangle: block characters leave gaps in many fonts."""
    return f'<rect x="{EDGE + column * CELL:g}" y="{row - 11}" width="{cells * CELL:g}" height="12" fill="{DIM}"/>'


def draw(command: str, page: str) -> str:
    """Return the picture of a terminal in which the command was typed and printed the page."""
    lines = [f"$ {command}", *page.rstrip("\n").split("\n")]
    width = max(len(line) for line in lines) * CELL + 2 * EDGE
    height = len(lines) * LINE + 2 * EDGE + 24
    shapes = [
        f'<circle cx="{EDGE + 18 * n}" cy="18" r="6" fill="{c}"/>'
        for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    ]
    for number, line in enumerate(lines):
        row = EDGE + 34 + number * LINE
        words = line.replace("█", " ").rstrip()
        title = number == 0 or (words and not line.startswith(" "))
        if words:
            indent = len(words) - len(words.lstrip())
            shapes.append(text(indent, row, words.lstrip(), TITLE if title else TEXT))
        if "█" in line:
            shapes.append(bar(line.index("█"), row, line.count("█")))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" width="{width:g}" height="{height}" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13">\n'
        f"<title>{escape(lines[0])}</title>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/><rect width="100%" height="34" rx="8" fill="{BAR}"/>\n'
        + "\n".join(shapes)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    sys.stdout.write(draw(sys.argv[1], sys.stdin.read()))
