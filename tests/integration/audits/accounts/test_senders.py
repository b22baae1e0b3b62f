"""Senders hand codes over, and say so without naming anybody when they cannot."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

import pytest

from audits.accounts.contacts import read_contact
from audits.accounts.senders import (
    CodeMessage,
    CodeSender,
    ConsoleSender,
    DeliveryError,
    HttpSmsSender,
    SmtpSender,
)

_MAIL = CodeMessage(read_contact("dana@mail.kz"), "482913", "kk", 10, "esik.kz")
_SMS = CodeMessage(read_contact("87012345678"), "482913", "ru", 10, "esik.kz")


class _Mailbox(socketserver.StreamRequestHandler):
    """The least of SMTP that takes one message; refuses one recipient."""

    received: list[bytes]

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().strip():
            if line.upper() == b"DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.received.append(b"".join(lines))
            if b"refused" in line:
                self._say("550 no such user refused@mail.kz")
            elif line.upper() == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mailbox() -> Iterator[tuple[int, list[bytes]]]:
    """Give the port of a mail server and what it received."""
    received: list[bytes] = []
    handler = type("Handler", (_Mailbox,), {"received": received})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1], received
        server.shutdown()
        thread.join()


def _smtp(port: int) -> SmtpSender:
    return SmtpSender("127.0.0.1", port, "esik@city.kz", starttls=False)


def test_a_code_goes_by_mail_in_the_language_of_its_reader(
    mailbox: tuple[int, list[bytes]],
) -> None:
    """The mail server gets one message, readable in Kazakh, marked as automatic."""
    port, received = mailbox
    _smtp(port).send(_MAIL)
    mail: Message = message_from_bytes(received[0])
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "Есік қызметіне кіру коды: 482913" in body.decode()
    assert (mail["To"], mail["Auto-Submitted"]) == ("dana@mail.kz", "auto-generated")


def test_a_refusal_names_nobody(mailbox: tuple[int, list[bytes]]) -> None:
    """What the mail server says about an address does not reach the log."""
    message = CodeMessage(read_contact("refused@mail.kz"), "482913", "en", 10, "esik.kz")
    with pytest.raises(DeliveryError) as failed:
        _smtp(mailbox[0]).send(message)
    assert "refused" not in str(failed.value).casefold().replace("recipientsrefused", "")
    assert failed.value.__suppress_context__


def test_nobody_there_is_said_plainly() -> None:
    """A server or gateway that is down is a delivery error, so that the job tries again."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    senders: list[CodeSender] = [
        _smtp(port), HttpSmsSender(f"https://127.0.0.1:{port}/sms", "token"),
    ]  # fmt: skip
    for sender in senders:
        with pytest.raises(DeliveryError):
            sender.send(_SMS)


def test_the_console_masks_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    """The developer sees the code, and enough of the address."""
    ConsoleSender().send(_SMS)
    assert capsys.readouterr().out == "One-time code for +7***78: 482913\n"
