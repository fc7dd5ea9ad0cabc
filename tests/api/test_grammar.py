"""How every call speaks: the envelope, pages of lists, numbers, and bodies that are not what they say."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.partner import Answer, Partner

SHOPS = "/api/shop/shops/"
TAGS = "/api/store/tags/"


@pytest.fixture
async def tags(ann: Partner, shop_id: int) -> list[str]:
    names = [f"tag {n:02}" for n in range(25)]
    for name in names:
        assert (await ann.post(TAGS, {"shop_id": shop_id, "name": name})).result
    return names


async def test_ht_03_a_page_has_twenty_by_default_and_its_links_keep_the_filters(
    ann: Partner, shop_id: int, tags: list[str]
) -> None:
    first = (await ann.get(TAGS, shop_id=shop_id, search="tag")).result
    assert (first["count"], len(first["results"]), first["previous"]) == (25, 20, None)
    assert first["next"].startswith(f"{ann.address}{TAGS}?")
    query = parse_qs(urlsplit(first["next"]).query)
    assert query == {"shop_id": [str(shop_id)], "search": ["tag"], "limit": ["20"], "offset": ["20"]}
    second = (await ann.get(first["next"].removeprefix(ann.address))).result
    assert (second["next"], len(second["results"])) == (None, 5)
    assert [tag["name"] for page in (first, second) for tag in page["results"]] == tags
    assert (await ann.get(second["previous"].removeprefix(ann.address))).result["results"] == first["results"]


async def test_an_offset_behind_the_end_is_an_empty_page(ann: Partner, shop_id: int, tags: list[str]) -> None:
    page = (await ann.get(TAGS, shop_id=shop_id, offset=1000)).result
    assert (page["count"], page["results"], page["next"]) == (25, [], None)


PAGES_NOBODY_GETS = [
    ("limit", "0"),
    ("limit", "-1"),
    ("limit", "101"),
    ("limit", "1000000000"),
    ("limit", "1_0"),
    ("limit", "١٢"),
    ("limit", "1.0"),
    ("limit", " 1"),
    ("limit", ""),
    ("offset", "-5"),
    ("offset", str(2**63)),
    ("offset", "9" * 400),
    ("shop_id", "0"),
    ("shop_id", str(2**63)),
    ("shop_id", "me"),
]


async def test_a_number_out_of_range_is_an_error_and_no_clamp(ann: Partner, shop_id: int) -> None:
    for field, value in PAGES_NOBODY_GETS:
        refused = await ann.get(TAGS, **({"shop_id": str(shop_id)} | {field: value}))
        assert (refused.status, list(refused.errors)) == (422, [field]), (field, value)


async def test_ht_04_a_shop_level_call_without_its_shop_is_refused_in_the_envelope(ann: Partner) -> None:
    for path in (TAGS, "/api/bot/bots/", "/api/bot/bot_users/", "/api/store/leads/", "/api/bot/flows/"):
        refused = await ann.get(path)
        assert (refused.status, list(refused.errors)) == (422, ["shop_id"])
    refused = await ann.post(TAGS, {"name": "x"})
    assert (refused.status, list(refused.errors)) == (422, ["shop_id"])


async def test_what_nobody_serves_is_refused_in_the_envelope(ann: Partner) -> None:
    missing = await ann.get("/api/bot/nothing/")
    assert (missing.status, missing.body["code"]) == (404, "not_found")
    wrong = await ann.put(SHOPS, {})
    assert (wrong.status, wrong.body["code"]) == (405, "method_not_allowed")
    slashless = await ann.get("/api/shop/shops")
    assert slashless.status == 404
    for answer in (missing, wrong, slashless):
        assert answer.errors["common"]


async def test_answers_carry_a_request_id_and_safety_headers(ann: Partner) -> None:
    own = await ann.ask("GET", SHOPS, headers={"x-request-id": "mine-1"})
    made = await ann.ask("GET", SHOPS, headers={"x-request-id": "no\tgood" * 20})
    assert own.headers["x-request-id"] == "mine-1"
    assert len(made.headers["x-request-id"]) == 32
    for answer in (own, made, await ann.get("/api/bot/nothing/")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def sent(body: bytes, kind: str = "application/json", **headers: str) -> dict[str, Any]:
    return {"data": body, "headers": {"content-type": kind, **headers}}


BODIES: dict[str, tuple[int, dict[str, Any]]] = {
    "nothing": (422, sent(b"")),
    "no JSON": (400, sent(b"{name")),
    "UTF-16": (400, sent('{"name": "x"}'.encode("utf-16"))),
    "Latin-1": (400, sent('{"name": "é"}'.encode("latin-1"))),
    "a byte order mark": (400, sent(b'\xef\xbb\xbf{"name": "x"}')),
    "NaN": (400, sent(b'{"name": NaN}')),
    "NUL": (422, sent(b'{"name": "a\\u0000b"}')),
    "half a character": (422, sent(b'{"name": "\\ud800"}')),
    "1e999": (422, sent(b'{"name": 1e999}')),
    "2**63": (422, sent(b'{"name": 9223372036854775808}')),
    "a field twice": (422, sent(b'{"name": "a", "name": "b"}')),
    "deep": (422, sent(b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    "a list": (422, sent(b"[]")),
    "a number": (422, sent(b"7")),
    "null": (422, sent(b"null")),
    "a form": (415, sent(b"name=x", "application/x-www-form-urlencoded")),
    "no type": (415, sent(b'{"name": "x"}', "text/plain")),
    "YAML where none is taken": (415, sent(b"name: x", "application/yaml")),
    "gzip": (415, sent(b'{"name": "x"}', **{"content-encoding": "gzip"})),
    "too large": (413, sent(b'{"name": "' + b"x" * 1_000_001 + b'"}')),
    "mass assignment": (422, sent(b'{"name": "x", "id": 7}')),
    "mass assignment of a role": (422, sent(b'{"name": "x", "role": "owner"}')),
    "a name of spaces": (422, sent(b'{"name": "   "}')),
    "null for a name": (422, sent(b'{"name": null}')),
    "a zone there is not": (422, sent(b'{"name": "x", "timezone": "Mars/Olympus"}')),
    "a zone that is a path": (422, sent(b'{"name": "x", "timezone": "../../etc/passwd"}')),
}


async def test_a_body_that_cannot_be_taken_gets_a_reason_and_changes_nothing(
    ann: Partner, shop_id: int
) -> None:
    ways: list[Callable[[dict[str, Any]], Any]] = [
        lambda given: ann.ask("POST", SHOPS, **given),
        lambda given: ann.ask("PATCH", f"{SHOPS}{shop_id}/", **given),
    ]
    before = (await ann.get(SHOPS)).result
    for name, (status, given) in BODIES.items():
        for way in ways:
            refused: Answer = await way(given)
            assert refused.status == status, (name, refused)
            assert refused.errors
    assert (await ann.get(SHOPS)).result == before


async def test_a_body_that_never_ends_is_cut_off(ann: Partner) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b"x" * 100_000

    refused = await ann.ask("POST", SHOPS, data=endless(), headers={"content-type": "application/json"})
    assert refused.status == 413


ADDRESSES = [
    f"{SHOPS}%00/",
    f"{SHOPS}1_000/",
    f"{SHOPS}-1/",
    f"{SHOPS}{2**63}/",
    f"{SHOPS}{'9' * 4000}/",
    f"{SHOPS}%ff/",
    f"{SHOPS}%D9%A1/",
    f"{SHOPS}1%2F..%2F2/",
    "/api/bot/steps/1.%00/",
    f"/api/bot/steps/{2**63}.welcome/",
    f"/api/bot/menu_items/{10**18}.welcome.a/",
    "/api/store/tags/?shop_id=1&search=%00",
    "/api/store/tags/?shop_id=1&search=%ff%fe",
    "/api/store/tags/?shop_id=1&search=%ed%a0%80",
    "/api/store/leads/?shop_id=1&created_at__gte=99999999999999",
    "/api/store/leads/?shop_id=1&created_at__gte=-1",
    "/api/store/leads/?shop_id=1&status=lost",
]


async def test_an_address_that_means_nothing_is_a_fault_of_the_caller(ann: Partner, shop_id: int) -> None:
    for address in ADDRESSES:
        refused = await ann.ask("GET", address)
        assert 400 <= refused.status < 500, (address, refused)
        assert refused.errors


TEXTS = ["'", "%", "_", "\\", "';--", "' OR 1=1 --", "${7*7}", "<script>", "\U0001f600"]


async def test_a_search_takes_every_character_as_it_is(ann: Partner, shop_id: int, tags: list[str]) -> None:
    for text in TEXTS:
        for path in (TAGS, "/api/store/custom_fields/", "/api/bot/bot_users/", "/api/store/leads/"):
            assert (await ann.get(path, shop_id=shop_id, search=text)).result["count"] == 0, (path, text)
        made = (await ann.post(TAGS, {"shop_id": shop_id, "name": f"a{text}b"})).result
        found = (await ann.get(TAGS, shop_id=shop_id, search=text)).result["results"]
        assert [tag["name"] for tag in found] == [f"a{text}b"]
        await ann.delete(f"{TAGS}{made['id']}/")


async def test_health_and_metrics_tell_nothing_of_a_shop(anyone: Partner, ann: Partner, shop_id: int) -> None:
    await ann.get(f"{SHOPS}{shop_id}/")
    assert (await anyone.get("/health")).body == {"status": "ok"}
    assert (await anyone.get("/ready")).status == 200
    metrics = (await anyone.get("/metrics")).body
    assert 'botique_requests_total{method="GET",route="/api/shop/shops/{id}/",status="200"} 1.0' in metrics
    assert "Coffee" not in metrics
    assert f"/{shop_id}/" not in metrics


async def test_a_revision_that_no_draft_can_have_is_refused(ann: Partner, shop_id: int) -> None:
    flow = (await ann.post("/api/bot/flows/", {"shop_id": shop_id, "name": "Tea", "key": "tea"})).result
    draft, file = {"key": "tea", "name": "Tea"}, {"yaml": "key: tea\nname: Tea\n"}
    for revision in (-1, 2**63 - 1):
        put = await ann.put(
            f"/api/bot/flow/{flow['id']}/draft/", {"base_revision": revision, "document": draft}
        )
        imported = await ann.post(f"/api/bot/flow/{flow['id']}/import/", file, base_revision=revision)
        for refused in (put, imported):
            assert (refused.status, list(refused.errors)) == (422, ["base_revision"])


async def test_the_bounds_of_numbers_are_in_the_description(anyone: Partner) -> None:
    document = (await anyone.get("/openapi.json")).body
    given = document["paths"][TAGS]["get"]["parameters"]
    bounds = {one["name"]: (one["schema"].get("minimum"), one["schema"].get("maximum")) for one in given}
    assert bounds["limit"] == (1, 100)
    assert bounds["shop_id"] == (1, 2**63 - 1)
    assert bounds["offset"] == (0, 2**63 - 1)


async def test_an_address_tells_all_the_methods_that_it_takes(ann: Partner, shop_id: int) -> None:
    for path, methods in ((SHOPS, "GET, POST"), (f"{SHOPS}{shop_id}/", "GET, PATCH"), ("/health", "GET")):
        refused = await ann.ask("OPTIONS", path)
        assert (refused.status, refused.headers["allow"]) == (405, methods)


async def test_a_page_has_a_head_and_an_operation_has_none(anyone: Partner, ann: Partner) -> None:
    for path in ("/health", "/ready", "/widget.js"):
        got, head = await anyone.get(path), await anyone.ask("HEAD", path)
        assert head.status == got.status == 200
        assert head.headers["content-length"] == got.headers["content-length"]
    assert (await ann.ask("HEAD", "/api/bot/bot/1/stop/")).status == 405
