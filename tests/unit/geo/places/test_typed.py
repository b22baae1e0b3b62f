"""What people type is taken apart, and compared whatever its alphabet, endings and slips."""

import pytest

from geo.places.categories import find_categories, find_label
from geo.places.folding import fold_words
from geo.places.labels import choose_name, write_address
from geo.places.likeness import weigh
from geo.places.ranking import find_nearness, find_rank
from geo.places.typed import fold, read_typed, swap_keyboard


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ул. Абая, 7", ("abaia", "7")),
        ("Абай көшесі 7", ("abai", "7")),
        ("Abay St 7", ("abai", "7")),
        ("ПРОСПЕКТ Сейфуллина 18/1", ("seifulina", "18/1")),
        ("пр-т Достык, д. 5", ("dostik", "5")),
        ("«Алтын дән» азық-түлік дүкені", ("altin", "azik", "tulik", "dukeni")),
        ("Берёзовая", ("berezovaia",)),
        ("5-ші мектеп", ("5", "mektep")),
        ("школа №5", ("shkola", "5")),
        ("Алма-3, 9 үй", ("alma", "3", "9")),
        ("улица", ("ulitsa",)),
        ("  ,;!", ()),
        ("\u202e😀", ()),
    ],
)
def test_a_text_is_folded_to_its_words(typed: str, words: tuple[str, ...]) -> None:
    """A text of street words alone keeps them; punctuation alone is nothing.

    `дән` reads like the short form of `даңғылы`: it need not be found, that is all.
    """
    assert fold(typed) == words


@pytest.mark.parametrize(
    "forms",
    [
        ("Құрманғазы", "Курмангазы", "Qurmangazy", "Kurmangazy"),
        ("Жамбыл", "Zhambyl", "Jambyl"),
        ("Әуезов", "Ауезов", "Auezov"),
        ("Сәтбаев", "Satbayev"),
        ("Достық", "Достык", "Dostyk", "Dostyq"),
        ("дәріхана", "дарихана", "darihana"),
        ("Щёкин", "Щекин", "Shchekin"),
        ("Уәлиханов", "Walikhanov"),
    ],
)
def test_alphabets_are_one(forms: tuple[str, ...]) -> None:
    """Kazakh and Russian letters and the ways to write them in Latin come out the same."""
    assert len({tuple(fold_words(form)) for form in forms}) == 1


def test_a_house_may_have_a_letter() -> None:
    """`7 а` is 7a and may stand in 7, and the sort of the street is remembered."""
    typed = read_typed("ул. Абая 7 а")
    assert typed.words == ("abaia", "7a")
    assert typed.more == ((), ("7",))
    assert typed.sorts == {"street"}
    assert read_typed("Абая 7а").more == ((), ("7",))
    assert read_typed("Абая 12 корпус 3").words == ("abaia", "12/3")
    for block in ("12 к 3", "12 корпус 3", "12 корп. 3", "12к3", "12/3"):
        typed = read_typed(f"Абая {block}")
        assert len(typed.words) == 2
        assert "12/3" in (typed.words[1], *typed.more[1])
    assert read_typed("слово " * 100).words == ("slovo",) * 8


@pytest.mark.parametrize(
    ("typed", "known", "least", "most"),
    [
        ("apteka", "apteka", 1.0, 1.0),
        ("apteki", "apteka", 0.9, 0.99),
        ("darihanalar", "darihana", 0.9, 0.99),
        ("mektebi", "mektep", 0.9, 0.99),
        ("apt", "apteka", 0.8, 0.9),
        ("aptka", "apteka", 0.7, 0.85),
        ("apetka", "apteka", 0.7, 0.85),
        ("bank", "bar", 0.0, 0.0),
        ("11", "1", 0.0, 0.0),
        ("7a", "7", 0.0, 0.0),
    ],
)
def test_likeness_falls_with_every_difference(
    typed: str, known: str, least: float, most: float
) -> None:
    """Endings cost little, slips more, another word everything; numbers are never alike."""
    assert least <= weigh(typed, known) <= most


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("аптеки", "pharmacy"),
        ("дәріханалар", "pharmacy"),
        ("pharmacies", "pharmacy"),
        ("детские сады", "kindergarten"),
        ("халыққа қызмет көрсету орталығы", "public_service"),
        ("больницу", "hospital"),
        ("щкола", "school"),
    ],
)
def test_a_category_is_known_by_its_words(text: str, category: str) -> None:
    """In three languages, in any form, also mistyped."""
    assert find_categories(fold(text))[0].category == category


def test_categories_have_names_and_nonsense_has_none() -> None:
    """Labels come in the language that is asked for."""
    assert find_label("pharmacy", "kk") == "Дәріхана"
    assert find_label("nonsense", "kk") is None
    assert find_categories(fold("Неведомая 5")) == []


def test_the_other_keyboard_is_tried() -> None:
    """The same keys, with the other layout."""
    assert swap_keyboard("fgntrf") == "аптека"
    assert swap_keyboard("зрфкьфсн") == "pharmacy"
    assert swap_keyboard("123") is None


def test_names_fall_back_to_what_there_is() -> None:
    """The wanted language, else as written on the spot, else any."""
    assert choose_name({"kk": "Дәріхана", "ru": "Аптека"}, "kk") == "Дәріхана"
    assert choose_name({"": "Apteka", "ru": "Аптека"}, "kk") == "Apteka"
    assert choose_name({}, "kk") is None
    address = {"street": "улица Абая", "street:kk": "Абай көшесі", "housenumber": "7"}
    assert write_address(address, "kk") == "Абай көшесі, 7"
    assert write_address({"housenumber": "7"}, "kk") is None


def test_nearness_fades_slowly() -> None:
    """What is near wins among equals; a better name beats a shorter way."""
    assert find_nearness(None) == find_nearness(0.0) == 1.0
    assert find_nearness(500) > find_nearness(1_000) > find_nearness(50_000) > 0.4
    assert find_rank(1.0, 10_000.0) > find_rank(0.96, 0.0) > find_rank(0.96, 100.0)
