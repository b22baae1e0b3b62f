"""Street names in Kazakh, Russian and English.

Streets carry the names of people and places well known in Kazakhstan, so that search and
directions meet real letters and real word order. Invariant: each language has its own word for
the type of street, before or after the name as that language wants it.
"""

from typing import Final, Literal

from geo.demo_city.drawing import Tags
from geo.demo_city.records import Name

StreetType = Literal["avenue", "street", "lane"]

_TYPES: Final[dict[StreetType, Name]] = {
    "avenue": Name("{} даңғылы", "проспект {}", "{} Avenue"),
    "street": Name("{} көшесі", "улица {}", "{} Street"),
    "lane": Name("{} тұйық көшесі", "переулок {}", "{} Lane"),
}

# the Russian form is the genitive that follows the type word
AVENUES: Final = (
    Name("Абай", "Абая", "Abai"),
    Name("Әл-Фараби", "аль-Фараби", "Al-Farabi"),
    Name("Достық", "Достык", "Dostyk"),
    Name("Сейфуллин", "Сейфуллина", "Seifullin"),
    Name("Абылай хан", "Абылай хана", "Abylai Khan"),
    Name("Райымбек", "Райымбека", "Raiymbek"),
)
BIG_STREETS: Final = (
    Name("Сәтбаев", "Сатпаева", "Satbayev"),
    Name("Төле би", "Толе би", "Tole Bi"),
    Name("Жамбыл", "Жамбыла", "Zhambyl"),
    Name("Қабанбай батыр", "Кабанбай батыра", "Kabanbai Batyr"),
    Name("Бөгенбай батыр", "Богенбай батыра", "Bogenbai Batyr"),
    Name("Байтұрсынұлы", "Байтурсынова", "Baitursynuly"),
    Name("Шоқан Уәлиханов", "Чокана Валиханова", "Shoqan Walikhanov"),
    Name("Әуезов", "Ауэзова", "Auezov"),
)
SMALL_STREETS: Final = (
    Name("Құрманғазы", "Курмангазы", "Qurmangazy"),
    Name("Мақатаев", "Макатаева", "Maqatayev"),
    Name("Шәкәрім", "Шакарима", "Shakarim"),
    Name("Ыбырай Алтынсарин", "Ибрая Алтынсарина", "Ybyrai Altynsarin"),
    Name("Мағжан Жұмабаев", "Магжана Жумабаева", "Magzhan Zhumabayev"),
    Name("Ілияс Жансүгіров", "Ильяса Жансугурова", "Iliyas Zhansugirov"),
    Name("Бейімбет Майлин", "Беимбета Майлина", "Beimbet Mailin"),
    Name("Ғабит Мүсірепов", "Габита Мусрепова", "Gabit Musirepov"),
    Name("Сәбит Мұқанов", "Сабита Муканова", "Sabit Muqanov"),
    Name("Жүсіпбек Аймауытов", "Жусупбека Аймаутова", "Zhusipbek Aimautov"),
    Name("Міржақып Дулатов", "Миржакыпа Дулатова", "Mirzhaqyp Dulatov"),
    Name("Әлкей Марғұлан", "Алькея Маргулана", "Alkei Margulan"),
)
# streets of small houses: a word and a number, "Жусан-2"
HOUSE_STREETS: Final = (
    Name("Алма", "Алма", "Alma"),
    Name("Өрік", "Орик", "Orik"),
    Name("Жусан", "Жусан", "Zhusan"),
    Name("Қарағаш", "Карагаш", "Qaragash"),
    Name("Арша", "Арша", "Arsha"),
    Name("Қайың", "Кайын", "Qaiyn"),
    Name("Бұлақ", "Булак", "Bulaq"),
    Name("Наурыз", "Наурыз", "Nauryz"),
    Name("Қызғалдақ", "Кызгалдак", "Qyzgaldaq"),
    Name("Бәйтерек", "Байтерек", "Baiterek"),
    Name("Самал", "Самал", "Samal"),
    Name("Көктем", "Коктем", "Koktem"),
    Name("Мерей", "Мерей", "Merei"),
    Name("Шапағат", "Шапагат", "Shapagat"),
    Name("Ақбұлақ", "Акбулак", "Aqbulaq"),
    Name("Тұлпар", "Тулпар", "Tulpar"),
    Name("Жайлау", "Жайлау", "Zhailau"),
    Name("Сұңқар", "Сункар", "Sunqar"),
    Name("Ырыс", "Ырыс", "Yrys"),
    Name("Дархан", "Дархан", "Darkhan"),
)

CITY: Final = Name("Демо-қала", "Демо-город", "Demo City")
DISTRICTS: Final = (
    Name("Төменгі аудан", "Нижний район", "Lower District"),
    Name("Бақшалы аудан", "Садовый район", "Garden District"),
    Name("Таулы аудан", "Нагорный район", "Hillside District"),
)
PARKS: Final = (
    Name("Орталық саябақ", "Центральный парк", "Central Park"),
    Name("Алма бағы", "Яблоневый сад", "Apple Orchard Park"),
    Name("Балалар саябағы", "Детский парк", "Children's Park"),
    Name("Ақындар гүлзары", "Сквер Поэтов", "Poets' Square"),
)


def street_name(base: Name, kind: StreetType, number: int | None = None) -> Name:
    """Put a type word, and for numbered streets the number, to a base name."""
    tail = f"-{number}" if number is not None else ""
    words = _TYPES[kind]
    return Name(
        words.kk.format(base.kk + tail),
        words.ru.format(base.ru + tail),
        words.en.format(base.en + tail),
    )


def name_tags(name: Name) -> Tags:
    """Return the four name tags; `name` is the Russian one, as mappers in Almaty do."""
    return {"name": name.ru, "name:kk": name.kk, "name:ru": name.ru, "name:en": name.en}
