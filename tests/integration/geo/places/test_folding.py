"""Words are folded alike by the program and by the database."""

import random

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.places.folding import fold_words

_LETTERS = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіАБЁЙЩЮЯӘҒҚҢӨҰҮҺІ"
    "abcdefghijklmnopqrstuvwxyzABCJQWXYŞşÇçĞğıİəéèêàâîïôûüñöäßœæøł"
    "0123456789///--  ..,,'’«»№“”()\t%_\\`´ʼ½²Ⅻﬁ①😀עברית\u200f漢字"
)
_TEXTS = (
    "Абай көшесі, 12/3а", "улица Сәтбаева 5-А", "№5 мектеп-гимназия", "ТОО «Қуаныш & Co»",
    "Zhumabayev St.", "пр-т аль-Фараби", "ЩУКА щука шчука schuka", "Сьеза съезд",
    "мкр. «Самал-2», д. 44", "  ", "!!!", "École d'Été", "I.Есенберлин", "ААа ббб 1111",
)  # fmt: skip


async def test_the_database_folds_as_the_program_does(db: AsyncSession) -> None:
    """Thousands of texts of every letter and sign come out the same on both sides."""
    dice = random.Random(11)
    texts = [
        *_TEXTS,
        *("".join(dice.choices(_LETTERS, k=dice.randint(1, 40))) for _ in range(3_000)),
    ]
    rows = await db.scalars(
        text("SELECT fold_words(t) FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS g (t, n)"
             " ORDER BY n"),
        {"texts": texts},
    )  # fmt: skip
    for given, folded in zip(texts, rows, strict=True):
        assert folded == fold_words(given), given
