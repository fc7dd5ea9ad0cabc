"""However much people and models say, what is kept and told of it has bounds."""

from msgspec import to_builtins

from engine.state import dump
from flows.effects import Call, Effect, Send
from flows.requests import Completion
from tests.flows.makers import Conversation, flow

TALKS = {
    "key": "ai",
    "name": "AI",
    "start": "answer",
    "triggers": [{"on": "default"}],
    "steps": [{"id": "answer", "kind": "ai_answer", "talk": True, "remember": 20}],
}


def asked(effects: list[Effect]) -> Completion:
    [request] = [effect.request for effect in effects if isinstance(effect, Call)]
    assert isinstance(request, Completion)
    return request


def test_what_is_remembered_and_told_is_bounded() -> None:
    talk = Conversation([flow(TALKS)])
    for _ in range(25):
        question = asked(talk.hear(talk.event({"says": "q" * 20_000})))
        assert len(question.talk[-1].content) == 4000
        assert sum(len(one.content) for one in question.talk[:-1]) <= 12_000
        talk.hear(talk.event({"says": "m" * 20_000}))
        effects = talk.hear(talk.event({"answers": {"status": 200, "body": {"text": "a" * 20_000}}}))
        assert [len(one.text) for one in effects if isinstance(one, Send)] == [8000]
        assert len(asked(effects).talk[-1].content) == 4000
        talk.hear(talk.event({"answers": {"status": 200, "body": {"text": "a"}}}))
        assert len(dump(talk.state)) < 20_000


def test_the_latest_of_the_talk_is_what_is_remembered() -> None:
    talk = Conversation([flow(TALKS)])
    for number in range(30):
        question = asked(talk.hear(talk.event({"says": f"q{number}"})))
        talk.hear(talk.event({"answers": {"status": 200, "body": {"text": f"a{number}"}}}))
    told = [to_builtins(one)["content"] for one in question.talk]
    assert told == [text for n in range(9, 29) for text in (f"q{n}", f"a{n}")] + ["q29"]
