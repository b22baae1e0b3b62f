"""Phones and addresses have one stored form, however people write them."""

import pytest

from audits.accounts.contacts import Channel, InvalidContactError, read_contact


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+7 701 234 56 78", "+77012345678"),
        ("8 (701) 234-56-78", "+77012345678"),
        ("87012345678", "+77012345678"),
        ("7 747 123 45 67", "+77471234567"),
        ("7012345678", "+77012345678"),
        ("+7 916 123 45 67", "+79161234567"),
        ("+44 20 7946 0958", "+442079460958"),
        (" Aigerim@Mail.KZ ", "aigerim@mail.kz"),
        ("a.b+c@sub.example.com", "a.b+c@sub.example.com"),
    ],
)
def test_a_contact_has_one_form(written: str, stored: str) -> None:
    """Spaces, brackets, 8 for +7 and capitals make no difference."""
    contact = read_contact(written)
    assert contact.address == stored
    assert contact.channel is (Channel.EMAIL if "@" in stored else Channel.SMS)


@pytest.mark.parametrize(
    "written",
    [
        "", "8 727 250 11 22", "89161234567", "12345", "+7", "+7701234567890", "phone", "a@b",
        "a@@b.kz", "a b@mail.kz", "@mail.kz", ".a@mail.kz", "a..b@mail.kz", "a@mail..kz",
        "a@-mail.kz", "a@mail.kz\nBcc: x@y.kz", "x" * 65 + "@mail.kz", "٨٧٠١٢٣٤٥٦٧٨",
    ],
)  # fmt: skip
def test_what_gets_no_message_is_refused(written: str) -> None:
    """Landlines, fragments and anything that could smuggle a header are no contact."""
    with pytest.raises(InvalidContactError):
        read_contact(written)


def test_a_masked_contact_names_nobody() -> None:
    """Screens and logs show enough to recognise one's own, not enough to call."""
    assert read_contact("87012345678").masked() == "+7***78"
    assert read_contact("aigerim@mail.kz").masked() == "a***@mail.kz"
