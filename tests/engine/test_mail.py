"""What mail is made of, and what becomes of it at the mail server."""

import ssl
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.base import Sent, Undelivered
from engine.mail import LONGEST_SUBJECT, Mail, MailServer, PostOffice, mailbox, write_mail
from tests.mailbox import Mailbox

SENDER = "botique@shop.example"
PASSWORD = "hunter2/@:#"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def mail(title: str = "A lead", text: str = "Name: Ann", to: str = "ann@shop.example") -> Mail:
    return Mail(to, "notice-1-2-3", title, text, NOON)


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with Mailbox().open() as box:
        yield box


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """This machine, with a certificate that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailbox")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
    bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(bundle, secret)
    return context


def office(box: Mailbox, user: str = "", password: str = "", *, tls: bool = False) -> PostOffice:
    return PostOffice(MailServer("127.0.0.1", box.port, tls, user, password), SENDER)


async def test_mail_arrives_as_it_was_written(box: Mailbox) -> None:
    text = "Имя: Аня 🙂\n.\n.. and on\n" + "long " * 400
    assert isinstance(await office(box).send(mail("Новая заявка 🙂", text)), Sent)
    (letter,) = box.letters
    assert letter.to == "ann@shop.example"
    assert letter.text == text
    assert letter.message["Subject"] == "Новая заявка 🙂"
    assert (letter.message["From"], letter.message["To"]) == (SENDER, "ann@shop.example")
    assert letter.message["Message-ID"] == "<notice-1-2-3@shop.example>"
    assert letter.message["Date"].datetime == NOON
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert box.greetings == ["shop.example"]


@pytest.mark.parametrize(
    "title",
    [
        "Hello\r\nBcc: thief@example.com",
        "Hello\nBcc: thief@example.com\n\nA body of my own",
        "Hello\u2028Bcc: thief@example.com",
        "Hello\x85Bcc: thief@example.com",
        "Hello\0\x01\x1b\x7f",
        "=?utf-8?q?a=0D=0ABcc:_thief=40example.com?=",
        "=?utf-8?b?YQ0KQmNjOiB0aGllZkBleGFtcGxlLmNvbQ==?=",
        "=?=?utf-8?q?a=0D=0ABcc:_x?=",
        "half a letter \ud800",
        "x" * 5000,
        "я" * 5000,
        "very long words " * 300,
    ],
    ids=range(12),
)
def test_no_title_makes_a_header_of_its_own(title: str) -> None:
    written = bytes(write_mail(SENDER, mail(title)))
    read = message_from_bytes(written, policy=default)
    assert sorted(read.keys()) == [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert len(read["Subject"]) <= LONGEST_SUBJECT
    assert all(len(line) <= 998 for line in written.splitlines())
    assert read.get_content().splitlines() == ["Name: Ann"]


@pytest.mark.parametrize(
    ("title", "text", "subject", "said"),
    [
        ("A lead", "Name: Ann", "A lead", ["Name: Ann"]),
        ("A lead", "", "A lead", ["A lead"]),
        ("", "Name: Ann\nPhone: 1", "Name: Ann Phone: 1", ["Name: Ann", "Phone: 1"]),
    ],
)
def test_a_title_or_a_text_is_enough(title: str, text: str, subject: str, said: list[str]) -> None:
    message = write_mail(SENDER, mail(title, text))
    assert (message["Subject"], message.get_content().splitlines()) == (subject, said)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ann@Shop.EXAMPLE ", "Ann@shop.example"),
        ("ann@пример.рф", "ann@xn--e1afmkfd.xn--p1ai"),
        ("аня@shop.example", None),
        ("ann\x01@shop.example", None),
        ("ann@shop.example\nBcc: thief@example.com", None),
        ("ann@shop.example, thief@example.com", None),
        ("Ann <ann@shop.example>", None),
        (f"ann@{'я' * 60}.рф", None),
        ("ann", None),
        ("", None),
    ],
    ids=range(10),
)
def test_an_address_is_one_that_mail_servers_know(text: str, address: str | None) -> None:
    assert mailbox(text) == address


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("CONNECT", "421 too busy", "retry"),
        ("MAIL", "550 I do not know you", "retry"),
        ("RCPT", "450 mailbox busy", "retry"),
        ("RCPT", "550 no such mailbox", "refused"),
        ("DATA", "451 later", "retry"),
        ("DATA", "554 this is spam", "refused"),
    ],
)
async def test_a_mail_server_that_does_not_take_it_says_for_how_long(
    box: Mailbox, command: str, answer: str, kind: str
) -> None:
    box.verdicts[command] = deque([answer])
    refusal = await office(box).send(mail())
    assert isinstance(refusal, Undelivered)
    assert (refusal.kind, refusal.ambiguous) == (kind, False)
    assert answer.partition(" ")[2] in refusal.reason
    assert isinstance(await office(box).send(mail()), Sent)


async def test_an_answer_that_is_lost_leaves_it_open_whether_mail_arrived(box: Mailbox) -> None:
    box.verdicts["DATA"] = deque([""])
    lost = await office(box).send(mail())
    assert isinstance(lost, Undelivered)
    assert (lost.kind, lost.ambiguous) == ("retry", True)
    assert len(box.letters) == 1


async def test_a_mail_server_that_is_away_is_waited_for() -> None:
    box = Mailbox()
    async with box.open():
        pass
    away = await office(box).send(mail())
    assert isinstance(away, Undelivered)
    assert away.kind == "retry"


async def test_without_a_mail_server_nothing_is_sent() -> None:
    assert await PostOffice(None, "").send(mail()) == Undelivered("refused", "no mail server is set up")


@pytest.mark.parametrize("tls", [True, False], ids=["from the start", "STARTTLS"])
async def test_a_password_goes_over_tls(certified: ssl.SSLContext, tls: bool) -> None:
    async with Mailbox(certified, "shop", PASSWORD).open(tls_at_once=tls) as box:
        assert isinstance(await office(box, "shop", PASSWORD, tls=tls).send(mail()), Sent)
        assert len(box.letters) == 1


async def test_a_password_does_not_go_without_tls() -> None:
    async with Mailbox(None, "shop", PASSWORD).open() as box:
        refusal = await office(box, "shop", PASSWORD).send(mail())
    assert isinstance(refusal, Undelivered)
    assert (refusal.kind, "offers no TLS" in refusal.reason) == ("auth", True)


async def test_without_a_password_tls_is_taken_where_it_is_offered(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with Mailbox(certified).open() as box:
        assert isinstance(await office(box).send(mail()), Sent)
        assert box.secret


async def test_a_certificate_that_nobody_knows_is_not_taken(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with Mailbox(certified, "shop", PASSWORD).open(tls_at_once=True) as box:
        refusal = await office(box, "shop", PASSWORD, tls=True).send(mail())
    assert isinstance(refusal, Undelivered)
    assert box.letters == []


async def test_a_wrong_password_is_told_without_it(certified: ssl.SSLContext) -> None:
    async with Mailbox(certified, "shop", "another").open() as box:
        box.verdicts["AUTH"] = deque([f"535 {PASSWORD} is wrong"])
        refusal = await office(box, "shop", PASSWORD).send(mail())
    assert isinstance(refusal, Undelivered)
    assert refusal.kind == "auth"
    assert PASSWORD not in refusal.reason


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, tls=False)),
        ("smtps://mail.example/", MailServer("mail.example", 465, tls=True)),
        ("smtp://mail.example:25", MailServer("mail.example", 25, tls=False)),
        (
            "smtps://bot%40shop.example:hunter2%2F%40%3A%23@mail.example",
            MailServer("mail.example", 465, tls=True, user="bot@shop.example", password=PASSWORD),
        ),
    ],
)
def test_the_address_of_a_mail_server_is_read(address: str, server: MailServer) -> None:
    assert MailServer.at(address) == server


@pytest.mark.parametrize(
    "address",
    [
        "mail.example",
        "http://shop:hunter2@mail.example",
        "smtp://",
        "smtp://shop@mail.example",
        "smtp://shop:hunter2@mail.example:port",
        "smtp://shop:hunter2@mail.example:99999",
        "smtp://shop:hunter2/@mail.example",
        "smtp://shop:hunter2@mail.example?tls=no",
        "smtp://shop:hunter2@[mail.example",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ValueError, match="smtp://USER:PASSWORD@HOST:PORT") as refusal:
        MailServer.at(address)
    assert "hunter2" not in str(refusal.value)


def test_a_mail_server_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(MailServer.at("smtp://shop:hunter2@mail.example"))
