"""What is read out of a language model's answer, whatever stands in it."""

import pytest

from engine.completing import text_of, tokens_of
from engine.store.language_models import Tokens
from flows.json_value import JSON


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hi", "Hi"),
        ([{"type": "text", "text": "H"}, {"type": "image"}, 7, {"text": "i"}], "Hi"),
        ("\n<think>\nHe says hi.\n</think>\n\nHi", "\n\nHi"),
        ("1 <think> 2", "1 <think> 2"),
        ("<think>on and on", "<think>on and on"),
    ],
)
def test_the_text_of_an_answer_is(content: JSON, text: str) -> None:
    assert text_of({"choices": [{"message": {"content": content}}]}) == text


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, Tokens(3, 4)),
        ({"prompt_tokens": -3, "completion_tokens": 4}, None),
        ({"prompt_tokens": 10**30, "completion_tokens": 4}, None),
        ({"prompt_tokens": True, "completion_tokens": 4}, None),
        ({"prompt_tokens": 3.5, "completion_tokens": 4}, None),
        ({"prompt_tokens": 3}, None),
        (None, None),
    ],
)
def test_a_bill_that_cannot_be_is_not_believed(usage: JSON, tokens: Tokens | None) -> None:
    assert tokens_of({"usage": usage}) == tokens
