"""What every kind hears, says and understands, case by case."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from channels.base import Inbound, Sent, Undelivered
from channels.fit import fit
from channels.kinds import KINDS, channel_class
from flows.effects import Send
from tests.channels.cases import FOLDER, body, cases, channel, credentials

THREE_O_CLOCK = datetime(2026, 11, 21, 3, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_cases_for_all_that_it_does(kind: str) -> None:
    needed = {"credentials", "webhooks", "messages"} | (set() if channel_class(kind).pulls else {"answers"})
    assert {path.stem for path in (FOLDER / kind).glob("*.json")} >= needed


@pytest.mark.parametrize(("kind", "case"), cases("webhooks"))
def test_what_comes_in_is_heard(kind: str, case: dict[str, Any]) -> None:
    assert channel(kind).parse(body(case)) == msgspec.convert(case["inbound"], list[Inbound])


@pytest.mark.parametrize(("kind", "case"), cases("messages"))
def test_a_message_becomes_these_requests(kind: str, case: dict[str, Any]) -> None:
    speaker = channel(kind)
    fitted = fit(msgspec.convert(case["message"], Send), speaker.limits).messages
    made = [r for message in fitted for r in speaker.render(credentials(kind), case["to"], message)]
    assert [{"label": r.label, "body": json.loads(r.body)} for r in made] == case["requests"]
    assert all(request.url.startswith(f"{speaker.base_url}/") for request in made)
    if speaker.pulls:
        frames = [speaker.frame(seq, message, THREE_O_CLOCK) for seq, message in enumerate(fitted)]
        expected = [one if isinstance(one, str) else json.dumps(one) for one in case["frames"]]
        assert [_read(frame) for frame in frames] == [_read(one.encode()) for one in expected]


@pytest.mark.parametrize(("kind", "case"), cases("answers"))
def test_an_answer_means(kind: str, case: dict[str, Any]) -> None:
    means = case["means"]
    expected = Sent(means["sent"]) if "sent" in means else Undelivered(**means)
    assert channel(kind).classify(case["status"], case["headers"], body(case)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_messenger_that_does_not_answer_is_asked_again(kind: str) -> None:
    answer = channel(kind).classify(0, {}, b"")
    assert isinstance(answer, Undelivered)
    assert answer.kind == "retry"


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_without_the_secret_is_not_the_messenger(kind: str) -> None:
    assert not channel(kind).verify(credentials(kind), "secret", {}, b"{}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_of_credentials_is_a_schema(kind: str) -> None:
    schema = channel_class(kind).Credentials.model_json_schema()
    assert all("title" in field for field in schema["properties"].values())


def _read(frame: bytes) -> Any:
    return json.loads(frame) if frame.startswith(b"{") else frame.decode()
