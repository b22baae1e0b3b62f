"""Phones and e-mail addresses in the one form under which they are stored and found (pure).

Phones are E.164. Kazakhstan shares +7 with Russia; people write 8 701 … for +7 701 …, and mobile
numbers begin with 70, 74, 75, 76, 77 (national numbering plan: 700-709, 747, 750, 751, 760-764,
771, 775-778). Numbers of other countries need their +.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from geo.errors import DomainError

_GAPS = re.compile(r"[\s()\-‐-―.]+")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{7,14}")
_KAZAKH_MOBILE = re.compile(r"[78]?(7(?:0[0-9]|47|5[01]|6[0-4]|7[1578]|76)[0-9]{7})")
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}"
)
_LONGEST_EMAIL = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets."""


class InvalidContactError(DomainError):
    """The text is neither a phone number nor an e-mail address that a code can be sent to."""

    code = "invalid-contact"
    title = "Give a mobile phone number or an e-mail address"


class Channel(StrEnum):
    """How a code travels."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Contact:
    """An address that a code can be sent to, in its stored form."""

    channel: Channel
    address: str

    def masked(self) -> str:
        """Give a form for screens and logs that names nobody: `+7***4567`, `a***@mail.kz`."""
        if self.channel is Channel.SMS:
            return f"{self.address[:2]}***{self.address[-2:]}"
        name, _, domain = self.address.partition("@")
        return f"{name[:1]}***@{domain}"


def read_contact(text: str) -> Contact:
    """Read a phone or an e-mail address as people write it; raises InvalidContactError."""
    if "@" in text:
        return _read_email(text)
    digits = _GAPS.sub("", text)
    if digits.startswith("+") and not digits.startswith("+7"):
        if _INTERNATIONAL.fullmatch(digits):
            return Contact(Channel.SMS, digits)
        raise InvalidContactError
    national = _KAZAKH_MOBILE.fullmatch(digits.removeprefix("+"))
    if national is None:
        if (
            digits.startswith("+")
            and _INTERNATIONAL.fullmatch(digits)
            and len(digits) == len("+79161234567")
        ):
            return Contact(Channel.SMS, digits)
        raise InvalidContactError
    return Contact(Channel.SMS, f"+7{national[1]}")


def _read_email(text: str) -> Contact:
    address = text.strip().casefold()
    local = address.partition("@")[0]
    wellformed = _EMAIL.fullmatch(address) and ".." not in local
    if not wellformed or len(address) > _LONGEST_EMAIL or local.strip(".") != local:
        raise InvalidContactError
    return Contact(Channel.EMAIL, address)
