"""What the one who runs Botique may set: from the environment, all with defaults that start it."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    HttpUrl,
    IPvAnyNetwork,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from engine.mail import MailServer, PostOffice, mailbox
from engine.secrets import key_from_text, keys_of_folder


def _is_key(secret: SecretStr) -> SecretStr:
    key_from_text(secret.get_secret_value())
    return secret


def _is_dsn(secret: SecretStr) -> SecretStr:
    """The message must not show the address: it holds a password."""
    found = re.match(r"^postgres(?:ql)?(?:\+\w+)?://", secret.get_secret_value())
    if not found:
        raise ValueError("a database address starts with postgresql://")
    return SecretStr("postgresql://" + secret.get_secret_value()[found.end() :])


def _is_mail_server(secret: SecretStr) -> SecretStr:
    MailServer.at(secret.get_secret_value())
    return secret


def _is_mailbox(text: str) -> str:
    address = mailbox(text)
    if address is None:
        raise ValueError("an e-mail address looks like botique@example.com")
    return address


def _is_base(url: HttpUrl) -> HttpUrl:
    if url.query is not None or url.fragment is not None:
        raise ValueError("an address that paths are put behind has no ? and no #")
    return url


def _apart(text: object) -> object:
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


Key = Annotated[SecretStr, AfterValidator(_is_key)]
BaseUrl = Annotated[HttpUrl, AfterValidator(_is_base)]
"""Written out it may end in a slash, which `str` of an HttpUrl adds where there is no path."""
Dsn = Annotated[SecretStr, AfterValidator(_is_dsn)]
MailServerUrl = Annotated[SecretStr, AfterValidator(_is_mail_server)]
Mailbox = Annotated[str, AfterValidator(_is_mailbox)]


class Settings(BaseSettings):
    """`BOTIQUE_<NAME>` in the environment; DATABASE_URL and PORT are read without the prefix too."""

    model_config = SettingsConfigDict(
        env_prefix="BOTIQUE_",
        env_ignore_empty=True,
        validate_by_name=True,
        validate_by_alias=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    database_url: Dsn | None = Field(
        None, validation_alias=AliasChoices("BOTIQUE_DATABASE_URL", "DATABASE_URL")
    )
    """Any PostgreSQL from version 15.  Without it Botique runs one of its own in `folder`."""
    folder: Path = Path(".data")
    """Where the own PostgreSQL, uploaded files and the made secret key are kept."""
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535, validation_alias=AliasChoices("BOTIQUE_PORT", "PORT"))
    drain_seconds: float = Field(0.0, ge=0, le=300)
    """How long a process that was told to stop goes on answering, not ready, until its proxy knows."""
    public_url: BaseUrl | None = None
    """How messengers reach us."""
    updates: Literal["auto", "webhook", "polling"] = "auto"
    """How bots get their news; `auto`: by webhook where `public_url` is https, else by polling."""
    secret_keys: Annotated[tuple[Key, ...], NoDecode, BeforeValidator(_apart)] = ()
    """Each 32 bytes in base64; several divided by commas.  The first seals, all of them open."""
    channel_urls: dict[str, BaseUrl] = {}
    """API base address by channel kind (JSON), where it is not the messenger's own."""
    http_networks: tuple[IPvAnyNetwork, ...] = ()
    """Networks (JSON) that steps may ask although they are private: the systems beside this one."""
    smtp_url: MailServerUrl | None = None
    """The mail server: `smtp://` for STARTTLS, `smtps://` for TLS from the start."""
    smtp_from: Mailbox | None = None
    """The address that mail comes from; needed where there is a mail server."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_url and not self.smtp_from:
            raise ValueError("smtp_from, the address that mail comes from, goes with smtp_url")
        return self

    @property
    def embedded(self) -> bool:
        """Whether Botique runs its own PostgreSQL."""
        return self.database_url is None

    @property
    def public_address(self) -> str | None:
        """`public_url` without a slash at its end, so that a path can be put behind it."""
        return str(self.public_url).rstrip("/") if self.public_url is not None else None

    @property
    def webhooks(self) -> bool:
        """Whether messengers bring the news."""
        if self.public_url is None or self.updates == "polling":
            return False
        return self.updates == "webhook" or self.public_url.scheme == "https"

    def post_office(self) -> PostOffice:
        """What sends mail as these settings say."""
        server = MailServer.at(self.smtp_url.get_secret_value()) if self.smtp_url else None
        return PostOffice(server, self.smtp_from or "")

    def keys(self) -> list[bytes]:
        """The keys of the vault, the sealing one first; made and kept in `folder` where none is set."""
        given = [key_from_text(key.get_secret_value()) for key in self.secret_keys]
        return given or keys_of_folder(self.folder)
