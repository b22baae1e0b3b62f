"""Consent to the use of one's data, and the licence of what one contributes.

The texts are versioned data in Kazakh, Russian and English. An account keeps which version it
agreed to, when, and in which language it was read; a new version asks again.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import Account
from audits.history import record_event
from geo.errors import DomainError, ErrorKind


class ConsentOutdatedError(DomainError):
    """The version is not the one in force; read the text again before agreeing."""

    code = "consent-outdated"
    title = "There is a newer text to agree to"
    kind = ErrorKind.CONFLICT


class ConsentKind(StrEnum):
    """What is agreed to."""

    PERSONAL_DATA = "personal_data"
    CONTRIBUTION = "contribution"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of a text; the newest of its kind is in force."""

    kind: ConsentKind
    version: str
    titles: Mapping[str, str]
    texts: Mapping[str, str]


@cache
def current_texts() -> tuple[ConsentText, ...]:
    """Give the text in force of every kind."""
    source = files("audits.accounts").joinpath("consent_texts.toml").read_text(encoding="utf-8")
    newest: dict[ConsentKind, ConsentText] = {}
    for row in tomllib.loads(source)["text"]:
        kind = ConsentKind(row["kind"])
        newest[kind] = ConsentText(kind, row["version"], row["title"], row["body"])
    return tuple(newest[kind] for kind in ConsentKind)


def find_missing_consents(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give kind and version of every text in force that was not agreed to."""
    return tuple(
        (text.kind.value, text.version)
        for text in current_texts()
        if given.get(text.kind, {}).get("version") != text.version
    )


async def give_consent(
    db: AsyncSession,
    *,
    account: Account,
    versions: Mapping[ConsentKind, str],
    language: str,
    now: datetime,
) -> None:
    """Record that the person read and agreed to these versions; repeating it changes nothing.

    Raises ConsentOutdatedError for a version that is not in force, and records nothing then.
    """
    in_force = {text.kind: text.version for text in current_texts()}
    for kind, version in versions.items():
        if in_force[kind] != version:
            raise ConsentOutdatedError(kind=kind.value, version=in_force[kind])
    given = dict(account.consents)
    for kind, version in versions.items():
        if given.get(kind, {}).get("version") == version:
            continue
        given[kind.value] = {
            "version": version,
            "language": language,
            "agreed_at": now.isoformat(),
        }
        await record_event(
            db,
            kind="consent_given",
            subject=account,
            actor_id=account.id,
            data={"kind": kind.value, "version": version, "language": language},
        )
    account.consents = given
    await db.flush()
