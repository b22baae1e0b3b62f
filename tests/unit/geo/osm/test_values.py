"""Numbers in tag values."""

import pytest

from geo.osm.tags.values import (
    parse_count,
    parse_flag,
    parse_incline,
    parse_layer,
    parse_length_mm,
    split_values,
)


@pytest.mark.parametrize(
    ("text", "length_mm"),
    [
        ("1.5", 1500),
        ("1,5 m", 1500),
        ("1.5m", 1500),
        ("2 metres", 2000),
        ("150 cm", 1500),
        ("900 mm", 900),
        ("3 см", 30),
        ("5'", 1524),
        ("5 ft", 1524),
        ("4'6\"", 1372),
        ('36"', 914),
        ("36 in", 914),
        ("1.5-2", 1500),
        ("1.5 - 2 m", 1500),
        ("2;1.2", 1200),
        ("0", 0),
        ("", None),
        (None, None),
        ("narrow", None),
        ("-1", None),
        ("2;wide", None),
        ("1.5 miles", None),
        ("500", None),
    ],
)
def test_lengths_become_millimetres(text: str | None, length_mm: int | None) -> None:
    """Metres, centimetres, feet and inches are read; a list gives its smallest, doubt nothing."""
    assert parse_length_mm(text) == length_mm


def test_kerb_of_metres_is_a_slip() -> None:
    """A kerb of 3 m was meant to be 3 cm; nobody knows, so it is unknown."""
    assert parse_length_mm("3", at_most_mm=500) is None
    assert parse_length_mm("0.03", at_most_mm=500) == 30


@pytest.mark.parametrize(
    ("text", "permille", "climb"),
    [
        ("5%", 50, 1),
        ("5 %", 50, 1),
        ("-8%", -80, -1),
        ("−8 %", -80, -1),
        ("+3,5%", 35, 1),
        ("~4%", 40, 1),
        ("10", 100, 1),
        ("0", 0, None),
        ("0%", 0, None),
        ("0.5%", 5, 1),
        ("5°", 87, 1),
        ("-5°", -87, -1),
        ("1:12", 83, 1),
        ("-1/20", -50, -1),
        ("up", None, 1),
        ("down", None, -1),
        ("0.05", None, None),
        ("150%", None, None),
        ("1:0", None, None),
        ("steep", None, None),
        (None, None, None),
    ],
)
def test_inclines_keep_their_direction(
    text: str | None, permille: int | None, climb: int | None
) -> None:
    """Percent, degrees and ratios are signed along the way; `up` gives only the direction."""
    assert parse_incline(text) == (permille, climb)


def test_flags_have_three_values() -> None:
    """Yes, no and unknown."""
    assert [parse_flag(text) for text in ("yes", "no", "maybe", None)] == [True, False, None, None]


def test_counts_and_layers_refuse_words() -> None:
    """A count with a plus is unknown; a senseless layer is the ground."""
    assert [parse_count(text) for text in ("12", "12+", "many", None)] == [12, None, None, None]
    assert [parse_layer(text) for text in ("-1", "up", "99", None)] == [-1, 0, 0, 0]
    assert split_values("0; 1;;2") == ["0", "1", "2"]
