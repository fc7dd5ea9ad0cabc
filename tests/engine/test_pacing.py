"""A bot never writes faster than it may, whoever asks and whenever."""

from hypothesis import given
from hypothesis import strategies as st

from channels.base import Pace
from engine.pacing import BULK_BURST, Bucket, Pacing

gaps = st.lists(st.floats(0, 3), max_size=120)


@given(gaps, st.floats(0.1, 50), st.integers(1, 20))
def test_in_no_window_goes_more_than_the_rate_and_the_burst(
    waits: list[float], rate: float, burst: int
) -> None:
    bucket, now, went = Bucket(rate, burst), 100.0, []
    for wait in waits:
        now += wait
        if not bucket.wait(now):
            bucket.take(now)
            went.append(now)
    for first, begin in enumerate(went):
        for last, end in enumerate(went[first:], first):
            assert last - first + 1 <= rate * (end - begin) + burst + 1e-6


@given(gaps, st.floats(0.1, 50), st.integers(1, 20))
def test_who_waits_as_long_as_he_is_told_may_go(waits: list[float], rate: float, burst: int) -> None:
    bucket, now = Bucket(rate, burst), 100.0
    for wait in waits:
        now += wait
        now += bucket.wait(now) + 1e-9
        assert bucket.wait(now) < 1e-6
        bucket.take(now)


def test_what_did_not_count_is_as_if_it_had_never_gone() -> None:
    pacing = Pacing(Pace(bulk_per_second=1, per_chat_per_second=1, chat_burst=1))
    pacing.take(7, 100.0, bulk=True)
    pacing.untake(7, bulk=True)
    assert pacing.wait(7, 100.0) == 0
    pacing.take(7, 100.0, bulk=True)
    assert pacing.wait(7, 100.0) == 1


def test_answers_to_many_wait_for_nobody_but_their_own_chat() -> None:
    pacing = Pacing(Pace(bulk_per_second=30, per_chat_per_second=1, chat_burst=2))
    for chat in range(1000):
        pacing.take(chat, 100.0, bulk=False)
    assert pacing.bulk_wait(100.0) == 0
    assert pacing.wait(5, 100.0) == 0
    pacing.take(5, 100.0, bulk=False)
    assert pacing.wait(5, 100.0) == 1


def test_what_goes_to_many_goes_out_evenly() -> None:
    pacing = Pacing(Pace(bulk_per_second=30))
    now, went = 100.0, 0
    while now < 110.0:
        if not pacing.bulk_wait(now):
            pacing.take(went, now, bulk=True)
            went += 1
        now += 0.001
    assert 294 <= went <= 300 + BULK_BURST


def test_who_has_been_silent_is_forgotten() -> None:
    pacing = Pacing(Pace(per_chat_per_second=1, chat_burst=1))
    for chat in range(100_000):
        pacing.take(chat, chat * 0.01, bulk=False)
    assert len(pacing._chats) <= 2_000
