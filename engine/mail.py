"""Mail to a shop's staff, by way of the mail server that the settings name."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from channels.base import Sent, Undelivered
from channels.clean import clean
from flows.answers import email

if TYPE_CHECKING:
    from aiosmtplib import SMTPException, SMTPResponseException

LONGEST_SUBJECT = 200
LONGEST_REASON = 300
PATIENCE = 30.0
"""Seconds for each answer of the mail server."""
_PORTS = {"smtp": 587, "smtps": 465}
_SHAPE = (
    "a mail server's address is smtp://USER:PASSWORD@HOST:PORT, or smtps:// in front; %-encode both words"
)
_NO_SERVER = Undelivered("refused", "no mail server is set up")
_NO_ENTRY = Undelivered("auth", "the mail server does not take the name and password that it was given")
_NO_TLS = Undelivered("auth", "the mail server offers no TLS, and without it no password is sent")
_LOST = Undelivered("retry", "the mail server cannot be reached, or broke off", ambiguous=True)


@dataclass(frozen=True, slots=True)
class MailServer:
    """`tls`: from the first byte on.  Else STARTTLS: must be where there is a password, may be elsewhere."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, address: str) -> "MailServer":
        """Raises ValueError that does not show the address: it holds a password."""
        try:
            parts = urlsplit(address)
            port, host = parts.port, parts.hostname
        except ValueError:
            raise ValueError(_SHAPE) from None
        stray = parts.path not in ("", "/") or parts.query or parts.fragment
        if parts.scheme not in _PORTS or not host or stray or bool(parts.username) != bool(parts.password):
            raise ValueError(_SHAPE)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(host, port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)


class Mail(NamedTuple):
    """`to`: a `mailbox`.  `key` names it for ever: sent twice, it can be told to be the same."""

    to: str
    key: str
    title: str
    text: str
    at: datetime


class PostOffice:
    """Sends mail from one address; with no server to send it by it refuses."""

    def __init__(self, server: MailServer | None, sender: str) -> None:
        self._server = server
        self._sender = sender

    async def send(self, mail: Mail) -> Sent | Undelivered:
        """Hand it to the mail server.  What may have arrived all the same is `ambiguous`."""
        server = self._server
        if server is None:
            return _NO_SERVER
        from aiosmtplib import SMTPException, send

        message = write_mail(self._sender, mail)
        try:
            await send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.tls,
                start_tls=True if server.password and not server.tls else None,
                # Where no TLS would do as well, TLS with whomever is no worse.
                validate_certs=server.tls or bool(server.password),
                local_hostname=self._sender.rpartition("@")[2],
                timeout=PATIENCE,
            )
        except SMTPException as error:
            return _refusal(error)
        except (OSError, EOFError):  # TLS that fails is an OSError too
            return _LOST
        return Sent(message["Message-ID"])


def mailbox(text: str) -> str | None:
    """An address that mail can be sent to, its domain as mail servers know it; None if it is none."""
    name, _, domain = (email(text) or "").rpartition("@")
    if not name or not name.isascii() or not name.isprintable():
        return None
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None


def write_mail(sender: str, mail: Mail) -> EmailMessage:
    """Plain text in UTF-8; whatever its title holds, it has no headers but its own."""
    title = mail.title if mail.title.strip() else mail.text
    message = EmailMessage(SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = _one_line(title)
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(clean(mail.text or mail.title), cte="base64")
    return message


def _one_line(title: str) -> str:
    """The email package reads «=?» as the start of an encoded word, in which a line break can hide."""
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" and c != "\u200d" else c for c in clean(title))
    line = " ".join(plain.split()).replace("=?", "= ?")
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def _refusal(error: "SMTPException") -> Undelivered:
    """What the mail server says to the password is kept from view: it might repeat it."""
    from aiosmtplib import (
        SMTPAuthenticationError,
        SMTPDataError,
        SMTPRecipientsRefused,
        SMTPResponseException,
    )

    match error:
        case SMTPAuthenticationError():
            return _NO_ENTRY
        case SMTPRecipientsRefused(recipients=[first, *_]):
            return _said(first, final=True)
        case SMTPResponseException():
            return _said(error, final=isinstance(error, SMTPDataError))
        case _ if "STARTTLS" in str(error):  # it has no type of its own
            return _NO_TLS
        case _:
            return _LOST


def _said(error: "SMTPResponseException", *, final: bool) -> Undelivered:
    """`final`: a refusal for good, where its code says so, is for good."""
    reason = clean(f"the mail server says {error.code}: {error.message}")[:LONGEST_REASON]
    return Undelivered("refused" if final and error.code >= 500 else "retry", reason)
