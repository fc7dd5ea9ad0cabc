"""Bars as a picture, without anything to draw with."""

from collections.abc import Mapping
from html import escape
from math import ceil, log10

WIDTH, LEFT, RIGHT, ROW, TOP = 720, 150, 90, 28, 56
INK, BAR, GRID = "#57606a", "#3b82c4", "#d0d7de"


def plot(title: str, bars: Mapping[str, float]) -> str:
    """An SVG of horizontal bars; lengths are logarithmic, which the axis shows."""
    decades = ceil(log10(max(bars.values())))
    height = TOP + ROW * len(bars) + 12

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * max(0.0, log10(max(1.0, value))) / decades

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' font-family="sans-serif" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<text x="{LEFT}" y="20" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for decade in range(decades + 1):
        at = x(10.0**decade)
        drawn.append(f'<path d="M{at:.1f} {TOP - 6}V{height - 8}" stroke="{GRID}"/>')
        drawn.append(f'<text x="{at:.1f}" y="{TOP - 12}" text-anchor="middle">{10**decade:,}</text>')
    for row, (name, value) in enumerate(bars.items()):
        y = TOP + ROW * row
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(name)}</text>')
        drawn.append(
            f'<rect x="{LEFT}" y="{y + 4}" width="{x(value) - LEFT:.1f}" height="{ROW - 10}" fill="{BAR}"/>'
        )
        drawn.append(f'<text x="{x(value) + 6:.1f}" y="{y + 17}">{value:,.0f}</text>')
    return "\n".join((*drawn, "</svg>", ""))
