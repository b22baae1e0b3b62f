"""How a one-time code leaves the house: the protocol, and the senders that keep it.

Senders block; the worker calls them in a thread. A sender that cannot deliver raises
`DeliveryError`, and the job tries again. No sender logs the code, except the console one, which
is for developers only and refused in production.
"""

import json
import smtplib
import ssl
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from http.client import HTTPException, HTTPSConnection
from importlib.resources import files
from typing import Protocol
from urllib.parse import urlsplit

from audits.accounts.contacts import Channel, Contact

_TIMEOUT_S = 20
_GOOD = range(200, 300)


class DeliveryError(Exception):
    """The message could not be handed over; trying again may help."""


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """A code on its way to somebody, in their language."""

    to: Contact
    code: str
    language: str
    minutes: int
    host: str
    """Of the site that the code is for."""

    def text(self, part: str) -> str:
        """Fill `subject`, `email` or `sms` in the language of the reader."""
        return _texts()[self.language][part].format(
            code=self.code, minutes=self.minutes, host=self.host
        )


class CodeSender(Protocol):
    """Something that delivers codes over one channel."""

    def send(self, message: CodeMessage) -> None:
        """Hand the message over, or raise DeliveryError; may block for seconds."""


class ConsoleSender:
    """Print codes where the developer looks."""

    def send(self, message: CodeMessage) -> None:
        """Write one line to standard output; the address is masked."""
        sys.stdout.write(f"One-time code for {message.to.masked()}: {message.code}\n")
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """Send e-mail through the city's own mail server, encrypted where it listens for that."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    starttls: bool = True

    def send(self, message: CodeMessage) -> None:
        """Deliver to the mail server, which takes it from there."""
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = message.to.address
        mail["Subject"] = message.text("subject")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text("email"))
        try:
            with smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user is not None and self.password is not None:
                    server.login(self.user, self.password)
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            # Not the server's words: they repeat the address.
            raise DeliveryError(type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class HttpSmsSender:
    """Send SMS through a gateway: `POST {"to": "+7…", "text": "…"}` with a bearer token.

    Any 2xx means taken over. A gateway with another form needs a sender of its own, or a small
    relay in front of it.
    """

    url: str
    token: str

    def send(self, message: CodeMessage) -> None:
        """Deliver to the gateway over TLS."""
        parts = urlsplit(self.url)
        body = json.dumps({"to": message.to.address, "text": message.text("sms")})
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        try:
            connection.request("POST", parts.path or "/", body.encode(), headers)
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise DeliveryError(type(error).__name__) from None
        finally:
            connection.close()
        if status not in _GOOD:
            raise DeliveryError(f"the gateway answered {status}")


Senders = Mapping[Channel, CodeSender]
"""The channels of an installation; one that is not here is not offered."""


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    source = files("audits.accounts").joinpath("messages.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)
