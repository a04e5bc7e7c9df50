"""Draws time against size as an SVG, both axes logarithmic, by hand: no library is worth one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 40, 60
COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8d6a9f")

Point = tuple[str, int, int, float]
"""Command, jobs, messages, seconds."""


def draw(points: Sequence[Point], caption: str) -> str:
    """Return the picture: a line per command and number of jobs; a thin one shows time in proportion to size."""
    sizes = [size for _, _, size, _ in points]
    times = [seconds for *_, seconds in points]
    low_x, high_x = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes)))
    low_y, high_y = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    high_x, high_y = max(high_x, low_x + 1), max(high_y, low_y + 1)

    def x(size: float) -> float:
        return LEFT + (math.log10(size) - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)

    def y(seconds: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(seconds) - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="15">Wall time against the number of messages</text>',
    ]
    for power in range(low_x, high_x + 1):
        at = x(10**power)
        parts.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>')
    for power in range(low_y, high_y + 1):
        at = y(10**power)
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10**power:,} s</text>')
    for number, (command, jobs) in enumerate(dict.fromkeys((command, jobs) for command, jobs, _, _ in points)):
        own = sorted((size, seconds) for name, many, size, seconds in points if (name, many) == (command, jobs))
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join(f"{x(size):.1f},{y(seconds):.1f}" for size, seconds in own)
        ideal = own[0][1] * own[-1][0] / own[0][0]
        parts.append(
            f'<path d="M{x(own[0][0]):.1f} {y(own[0][1]):.1f}L{x(own[-1][0]):.1f} {y(ideal):.1f}" '
            f'stroke="{colour}" stroke-dasharray="2 4" fill="none"/>'
        )
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(size):.1f}" cy="{y(seconds):.1f}" r="3.5" fill="{colour}"/>' for size, seconds in own
        ]
        at = TOP + 12 + 22 * number
        words = f"{command}, {jobs} {'process' if jobs == 1 else 'processes'}"
        parts.append(f'<path d="M{WIDTH - RIGHT + 14} {at - 4}h22" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 42}" y="{at}">{words}</text>')
    at = TOP + 12 + 22 * len({(command, jobs) for command, jobs, _, _ in points})
    parts.append(
        f'<text x="{WIDTH - RIGHT + 14}" y="{at}" fill="#666" font-size="11">dotted: in proportion to size</text>'
    )
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 12}" fill="#666" font-size="10">{escape(caption)}</text></svg>\n')
    return "\n".join(parts)
