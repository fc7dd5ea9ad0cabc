"""Checks: how they are written, which pass, how it is told where one fails, and that a record passes."""

import re
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.expectations import Played, differences, recorded
from engine.rehearsal import Unplayable, record, rehearse
from flows.card import Card
from flows.checks import LONGEST_TEXT, MOST_CHECKS, MOST_EXCHANGES, MOST_NAMES, MOST_REPLIES, Check, Exchange
from flows.document import Flow
from flows.effects import Button, CaptureLead, Send
from flows.exchange import Unreadable, read, write
from flows.problems import Problem
from flows.rules import problems
from flows.yaml_text import load
from tests.flows.any_flow import ANY_CHECK
from tests.flows.makers import STARTERS, starter
from tests.flows.random_shops import KEYS, shops
from tests.flows.shorthand import shop

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "flows-checks.md"
CASES: list[dict[str, Any]] = load((HERE / "checks.yaml").read_bytes())
MISFITS: list[dict[str, Any]] = load((HERE / "checks_misfits.yaml").read_bytes())
ORDER: Any = load((HERE / "checks_order.yaml").read_bytes())


def checked(flow: Flow, *checks: Check) -> Flow:
    return flow.model_copy(update={"checks": checks})


def played(case: dict[str, Any]) -> list[Problem]:
    flows = shop(case.get("shop", ORDER))
    flow = next(iter(flows.values()))
    check = Check.model_validate({"title": "It goes well", **case["check"]})
    return [*rehearse(checked(flow, check), flows, ZoneInfo(case.get("zone", "UTC")))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_check_passes_or_tells_where_it_fails(case: dict[str, Any]) -> None:
    found = played(case)
    assert [problem.field for problem in found] == [f"checks.0.{one['at']}" for one in case["wrong"]]
    for problem, told in zip(found, case["wrong"], strict=True):
        assert told.get("says", "") in problem.message
        assert "\n" not in problem.message
        assert (problem.code, problem.severity, problem.step) == ("check_failed", "error", None)
        number = told["at"].split(".")[1]
        expected = {"check": "It goes well", "exchange": str(int(number) + 1)}
        wanted = {name: told[name] for name in ("expected", "came") if name in told}
        assert problem.facts.items() >= (expected | wanted).items()


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case["wrong"]], ids=lambda case: case["title"]
)
def test_what_is_recorded_passes(case: dict[str, Any]) -> None:
    flows = shop(case.get("shop", ORDER))
    flow, zone = next(iter(flows.values())), ZoneInfo(case.get("zone", "UTC"))
    told = Check.model_validate({"title": "As it goes", **case["check"]})
    found = record(told, flow, flows, zone)
    assert [exchange.act for exchange in found.talk] == [exchange.act for exchange in told.talk]
    assert all(exchange.bot is not None for exchange in found.talk)
    flow = checked(flow, found)
    assert [*rehearse(flow, flows, zone)] == []
    assert [*rehearse(read(write(flow)), flows, zone)] == []


def test_a_record_holds_as_much_as_a_check_can() -> None:
    """Whatever a step of tomorrow says, keeps or sets."""
    long, many = "x" * (LONGEST_TEXT + 1), MOST_REPLIES + 1
    after = Card(variables={"_seen": 1, "channel": "web", "name": "Ann"}, tags=("t",) * (MOST_NAMES + 1))
    buttons = tuple(Button(str(n), "x") for n in range(MOST_NAMES + 1))
    for effects in (
        [Send(long, (Button("1", long),)), Send("", buttons)],
        [Send("x")] * many,
        [CaptureLead("order", {"": 1, long: 1, **{str(n): n for n in range(MOST_NAMES + 1)}})],
        [CaptureLead("order", {})] * many,
    ):
        played = Played(Card(), after, tuple(effects), was_on=True, goes_on=True)
        found = Exchange.model_validate({"says": "x", **recorded(played)})
        assert [*differences(found, played)] == []
        assert found.variables == {"name": "Ann"}


def test_what_cannot_be_played_cannot_be_recorded() -> None:
    flow = shop(ORDER)["main"]
    told = Check.model_validate({"title": "x", "talk": [{"starts": ""}, {"presses": "Maybe"}]})
    with pytest.raises(Unplayable, match="exchange 2: there is no button «Maybe»") as caught:
        record(told, flow, {})
    assert caught.value.exchange == 2


@settings(max_examples=300, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_CHECK)
def test_there_and_back_every_check_is_the_same(check: Check) -> None:
    flow = checked(Flow(key="main", name="Main"), check)
    text = write(flow)
    assert read(text) == flow
    assert write(read(text)) == text
    assert Flow.model_validate_json(flow.model_dump_json()) == flow


@pytest.mark.parametrize("case", MISFITS, ids=lambda case: case["title"])
def test_what_is_no_check_is_told_in_plain_words(case: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as caught:
        read(f"{{key: main, name: Main, checks: [{case['check']}]}}")
    assert [*map(str, caught.value.misfits)] == case["told"]


def test_there_may_be_so_many_checks_and_exchanges_and_no_more() -> None:
    def flow(checks: int, exchanges: int) -> Flow:
        talk = [{"says": "x"}] * exchanges
        told = [{"title": "x", "talk": talk}] * checks
        return Flow.model_validate({"key": "main", "name": "Main", "checks": told})

    assert flow(MOST_CHECKS, MOST_EXCHANGES)
    for checks, exchanges in ((MOST_CHECKS + 1, 0), (1, MOST_EXCHANGES + 1)):
        with pytest.raises(ValueError, match="at most"):
            flow(checks, exchanges)


def test_short_forms_are_written_as_they_were() -> None:
    talk = "      - says: hi\n        bot:\n          - Hello!\n      - presses: Again\n        bot: []\n"
    told = f"key: main\nname: Main\nchecks:\n  - title: Greeting\n    talk:\n{talk}"
    assert write(read(told)) == told


def test_checks_are_played_only_while_there_is_time() -> None:
    flow = shop(ORDER)["main"]
    check = Check.model_validate({"title": "Long", "talk": [{"starts": "", "bot": []}, {"says": "x"}]})
    well = Check.model_validate({"title": "Well", "talk": [{"starts": ""}, {"says": "x"}]})
    turns = iter([False, False, True])
    found = [*rehearse(checked(flow, check, well, check), {}, enough=lambda: next(turns))]
    assert [(one.code, one.field, one.severity) for one in found] == [
        ("check_failed", "checks.0.talk.0.bot.0", "error"),
        ("check_unplayed", "checks.1", "error"),
    ]
    assert found[1].facts == {"check": "Well", "left": "2"}


def test_the_draft_is_played_and_not_what_it_was_before() -> None:
    flows = shop({"main": {"flow": {"triggers": [{"on": "default"}]}, "a": {"say": ">> last"}}, "last": {}})
    check = Check.model_validate({"title": "x", "talk": [{"runs": "last", "bot": ["Hello"]}]})
    drawn = shop({"last": {"a": {"say": None}}})["last"]
    assert [*rehearse(checked(drawn, check), flows)] == []
    assert [*rehearse(checked(flows["last"], check), flows)] != []


def test_a_check_that_expects_nothing_is_a_warning() -> None:
    flow = shop(ORDER)["main"]
    idle = Check.model_validate({"title": "Idle", "talk": [{"starts": ""}]})
    busy = Check.model_validate({"title": "Busy", "talk": [{"starts": "", "variables": {"x": None}}]})
    found = [one for one in problems(checked(flow, busy, idle)) if one.code == "empty_check"]
    assert [(one.severity, one.field) for one in found] == [("warning", "checks.1.talk")]


STARTED = sorted(file.stem for file in STARTERS.glob("*.yaml"))


@pytest.mark.parametrize("name", STARTED)
def test_every_starter_has_a_check_that_passes_wherever_the_shop_is(name: str) -> None:
    flows = {flow.key: flow for flow in map(starter, STARTED)}
    flow = starter(name)
    assert any(exchange.expects for check in flow.checks for exchange in check.talk)
    for zone in ("UTC", "America/New_York", "Asia/Tokyo"):
        assert [*rehearse(flow, flows, ZoneInfo(zone))] == []


def test_the_page_about_checks_tells_the_truth() -> None:
    text = PAGE.read_text(encoding="utf-8")
    whole, broken = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    flow = read(whole)
    assert problems(flow) == []
    assert [*rehearse(flow, {})] == []
    mended = flow.model_copy(update={"checks": read(f"key: x\nname: x\n{broken}").checks})
    (problem,) = rehearse(mended, {})
    assert problem.message in text.replace("\n", " ")


# What is recorded passes.

ACTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({"starts": ""}),
    st.sampled_from(("x", "1", "2", "no", *KEYS)).map(lambda text: {"says": text}),
    st.sampled_from(("x", "y")).map(lambda label: {"presses": label}),
    st.tuples(st.sampled_from(KEYS), st.integers(0, 4), st.sampled_from("123")).map(
        lambda place: {"presses": {"flow": place[0], "step": f"s{place[1]}", "item": place[2]}}
    ),
    st.just({"time_passes": True}),
    st.sampled_from((200, 500)).map(lambda status: {"system_answers": {"status": status}}),
    st.just({"operator_hands_back": True}),
    st.sampled_from(KEYS).map(lambda key: {"runs": key}),
    st.sampled_from(("accepted", "paid", "cancelled")).map(
        lambda status: {"order_moves": {"number": 1, "status": status}}
    ),
)


def written_down(acts: list[dict[str, Any]], seed: int, flows: dict[str, Flow]) -> Check:
    """The record of a conversation, without what cannot happen in it."""
    left = [*acts]
    while True:
        told = {"title": "By chance", "given": {"seed": seed}, "talk": left}
        try:
            return record(Check.model_validate(told), flows["main"], flows)
        except Unplayable as unplayable:
            del left[unplayable.exchange - 1]


def is_sound(flows: dict[str, Flow]) -> bool:
    found = (problem for flow in flows.values() for problem in problems(flow, flows))
    return all(problem.severity == "warning" for problem in found)


def test_what_is_recorded_of_a_sound_shop_passes_as_a_check() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=200, deadline=None, print_blob=True)
    @given(shops(), st.lists(ACTS, min_size=4, max_size=12), st.integers(0, 3))
    def it_passes(flows: dict[str, Flow], acts: list[dict[str, Any]], seed: int) -> None:
        seen["shops"] += 1
        if not is_sound(flows):
            return
        check = written_down(acts, seed, flows)
        seen["sound"] += 1
        flow = checked(flows["main"], check)
        seen["exchanges"] += len(check.talk)
        assert [*rehearse(flow, flows)] == []
        again = read(write(flow))
        assert again == flow
        assert [*rehearse(again, flows)] == []
        assert record(check, flow, flows) == check

    it_passes()
    assert seen["sound"] > 0.1 * seen["shops"], f"{seen}: too few sound shops to prove anything"
    assert seen["exchanges"] > 2 * seen["sound"], f"{seen}: too little happens in them"


@pytest.mark.parametrize("lost", ["text", "label", "link", "tags", "form"])
def test_a_record_fails_as_soon_as_the_flow_does_something_else(lost: str) -> None:
    flow = shop(ORDER)["main"]
    talk = [{"starts": ""}, {"says": "Bo"}, {"presses": {"step": "sure", "item": "yes"}}]
    check = record(Check.model_validate({"title": "x", "talk": talk}), flow, {})
    presses = check.talk[2].presses
    assert presses is not None
    assert presses.label == "Yes"
    raw: dict[str, Any] = flow.model_dump()
    steps = {step["id"]: step for step in raw["steps"]}
    match lost:
        case "text":
            steps["who"]["question"] = "Who?"
        case "label":
            steps["sure"]["menu"][0]["label"] = "Yes!"
        case "link":
            steps["sure"]["menu"][0]["link"] = None
        case "tags":
            steps["keep"]["tags"] = []
        case "form":
            steps["keep"]["form"] = "request"
    assert [*rehearse(checked(flow, check), {})] == []
    assert [*rehearse(checked(Flow.model_validate(raw), check), {})] != []
