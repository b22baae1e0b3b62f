"""Which senders of one-time codes this installation has, from its settings."""

from urllib.parse import urlsplit

from api.settings import EmailSender, Settings, SmsSender
from audits.accounts.contacts import Channel
from audits.accounts.senders import (
    CodeSender,
    ConsoleSender,
    HttpSmsSender,
    Senders,
    SmtpSender,
)


def make_senders(settings: Settings) -> Senders:
    """Build the senders; a channel that is off is not there."""
    messages = settings.messages
    senders: dict[Channel, CodeSender] = {}
    match settings.email_sender:
        case EmailSender.CONSOLE:
            senders[Channel.EMAIL] = ConsoleSender()
        case EmailSender.SMTP:
            password = messages.smtp_password
            senders[Channel.EMAIL] = SmtpSender(
                host=messages.smtp_host,
                port=messages.smtp_port,
                sender=messages.smtp_from,
                user=messages.smtp_user,
                password=password.get_secret_value() if password else None,
                starttls=messages.smtp_starttls,
            )
    match settings.sms_sender:
        case SmsSender.CONSOLE:
            senders[Channel.SMS] = ConsoleSender()
        case SmsSender.HTTP:
            senders[Channel.SMS] = HttpSmsSender(
                url=messages.sms_url, token=messages.sms_token.get_secret_value()
            )
    return senders


def offered_channels(settings: Settings) -> frozenset[Channel]:
    """Give the ways in which a code can be sent here."""
    return frozenset(make_senders(settings))


def site_host(settings: Settings) -> str:
    """Give the host that codes are bound to."""
    return urlsplit(settings.server.public_url).hostname or ""
