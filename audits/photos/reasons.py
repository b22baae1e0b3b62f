"""Why a photo cannot be used, and what its first bytes already say (pure).

Each reason has a text for the volunteer in Kazakh, Russian and English in `reasons.toml`.
Nothing here decodes a picture.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

HEAD_BYTES = 64
"""So many first bytes are enough to tell the kind of a file."""


class RejectReason(StrEnum):
    """Why a photo was refused; stored, and the key of its text."""

    NOT_AN_IMAGE = "not_an_image"
    HEIC = "heic"
    UNSUPPORTED = "unsupported"
    """A picture, but of a kind that phones do not send: GIF, TIFF, AVIF, PDF."""
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    ANIMATED = "animated"
    DAMAGED = "damaged"
    TOO_HEAVY = "too_heavy"
    """Decoding it took more memory or time than any honest photo needs."""
    AUTHOR_LEFT = "author_left"
    """Its author asked to be forgotten before it was cleaned."""


class UnusablePhotoError(Exception):
    """The bytes are no photo that can be used."""

    def __init__(self, reason: RejectReason) -> None:
        self.reason = reason
        super().__init__(reason.value)


_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_OTHERS = (b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"BM", b"%PDF", b"%!PS", b"<svg", b"8BPS")


def find_refusal(head: bytes) -> RejectReason | None:
    """Tell from the first bytes whether this is surely no JPEG, PNG or WebP.

    `None` promises nothing: only decoding shows that a photo is one.
    """
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return None
    if head[4:8] == b"ftyp":
        brands = {head[start : start + 4] for start in range(8, len(head), 4)}
        # Files of both kinds name `mif1` too, so AVIF is looked for first.
        heic = not brands & {b"avif", b"avis"} and brands & _HEIC_BRANDS
        return RejectReason.HEIC if heic else RejectReason.UNSUPPORTED
    if head.startswith(_OTHERS):
        return RejectReason.UNSUPPORTED
    return RejectReason.NOT_AN_IMAGE


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("reasons.toml").read_text(encoding="utf-8"))


def describe_reason(reason: str, language: str) -> str:
    """Say to the volunteer why the photo was refused and what helps.

    `language` is `kk`, `ru` or `en`.
    """
    return _texts()[language][reason]
