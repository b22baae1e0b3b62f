"""Production starts only with senders that are real, or with none."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from api.delivery import make_senders
from api.settings import DatabaseSettings, Mode, ServerSettings, Settings
from audits.accounts.contacts import Channel


def _settings(mode: Mode, **messages: Any) -> Settings:  # noqa: ANN401 - raw settings
    return Settings.model_validate(
        {
            "mode": mode,
            "database": DatabaseSettings(url=SecretStr("postgresql+psycopg://127.0.0.1/none")),
            "server": ServerSettings(public_url="https://esik.example"),
            "messages": messages,
        }
    )


def test_development_shows_codes_and_production_sends_none_by_itself() -> None:
    """Nobody has to configure anything to try it, and nothing leaks where nobody did."""
    assert set(make_senders(_settings(Mode.DEVELOPMENT))) == {Channel.EMAIL, Channel.SMS}
    assert make_senders(_settings(Mode.PRODUCTION)) == {}
    assert _settings(Mode.PRODUCTION).needs_second_factor
    assert not _settings(Mode.DEVELOPMENT).needs_second_factor


@pytest.mark.parametrize(
    "messages",
    [
        {"email": "console"},
        {"sms": "console"},
        {"email": "smtp"},
        {"sms": "http", "sms_url": "http://gateway.example", "sms_token": "t"},
        {"sms": "http", "sms_url": "https://gateway.example"},
    ],
)
def test_production_refuses_what_is_not_real(messages: dict[str, str]) -> None:
    """The console, a server without an address, a gateway without TLS or token stop the start."""
    with pytest.raises(ValidationError):
        _settings(Mode.PRODUCTION, **messages)
