"""Buttons laid out in rows."""

from collections.abc import Sequence

from flows.effects import Button

_ROW_WIDTH = 30
"""Characters that a row of buttons shows on a narrow phone."""
_BUTTON_FRAME = 2
"""Characters' worth of frame round a label."""


def rows(buttons: Sequence[Button], columns: int, most: int) -> list[list[Button]]:
    """Rows of `columns` buttons; with 0, of as many (up to `most`) as a narrow phone can show."""
    if columns:
        return [list(buttons[i : i + columns]) for i in range(0, len(buttons), columns)]
    laid: list[list[Button]] = []
    width = 0
    for button in buttons:
        takes = len(button.label) + _BUTTON_FRAME
        if laid and width + takes <= _ROW_WIDTH and len(laid[-1]) < most:
            laid[-1].append(button)
            width += takes
        else:
            laid.append([button])
            width = takes
    return laid
