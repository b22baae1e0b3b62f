"""People who write places at random, all at once, in the same few cells.

Each writer has places of its own that it changes in transactions of several statements, in any
order; places of others it changes one at a time, since whoever holds rows of others and wants
more of them may meet a deadlock of its own making. The cells are shared by all.
"""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg

from tests.support.corner import LAT, LON

CATEGORIES = ("pharmacy", "school", "clinic", "bus_stop", "apartments")
CLUMPS = ((LON, LAT), (LON + 0.03, LAT + 0.02), (-71.06, 42.36), (179.9999999, -16.5))
_PLACE = (
    "(%(id)s, %(kind)s, %(state)s, %(name)s, %(category)s, 'health',"
    " ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(words)s)"
)
_INSERT = "INSERT INTO places (id, kind, state, name, category, sector, point, entry_words) VALUES "
_CHANGES = (
    "entry_words = %(words)s",
    "category = %(category)s",
    "state = %(state)s",
    "name = %(name)s",
    "kind = %(kind)s",
    "point = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)",
    "category = %(category)s, point = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)",
    "updated_at = now()",
)


class Writer:
    """One connection that changes places at random."""

    def __init__(self, url: str, seed: int, everyone: list[list[UUID]]) -> None:
        self._dice = random.Random(seed)
        self._everyone = everyone
        self._own: list[UUID] = []
        everyone.append(self._own)
        self._connection = psycopg.connect(url, autocommit=True)
        self.done: Counter[str] = Counter()
        """Writes by sort, and refusals by SQLSTATE."""

    def write(self, count: int, *, truncates: bool) -> None:
        """Do at least so many random writes, one of them a TRUNCATE if wanted, then hang up."""
        with self._connection:
            while self.done["writes"] < count:
                if truncates and self.done["writes"] > count / 3 and not self.done["truncate"]:
                    self._take(self._truncate)
                self._take(self._dice.choices((self._write_own, self._change_others), (6, 4))[0])

    def _take(self, turn: Callable[[], None]) -> None:
        try:
            turn()
        except psycopg.Error as error:
            self.done[str(error.sqlstate)] += 1

    def _write_own(self) -> None:
        """Write several statements in one transaction, which may be given up at the end."""
        with self._connection.transaction() as transaction:
            for _statement in range(self._dice.randint(1, 4)):
                turn: Callable[[], None] = self._dice.choice(
                    (self._insert, self._insert_again, self._change_one, self._change_many,
                     self._delete, self._copy)
                )  # fmt: skip
                if self._dice.random() < 0.1:
                    with self._connection.transaction() as point:
                        turn()
                        raise psycopg.Rollback(point)
                turn()
            if self._dice.random() < 0.1:
                raise psycopg.Rollback(transaction)

    def _insert(self) -> None:
        row = self._make_row()
        self._connection.execute(_INSERT + _PLACE, row)
        self._count("insert")

    def _insert_again(self) -> None:
        """Insert a place, or change it where it is there already, in one statement."""
        row = self._make_row()
        row["id"] = self._dice.choice(self._own or [row["id"]])
        self._connection.execute(
            f"{_INSERT}{_PLACE} ON CONFLICT (id) DO UPDATE"
            " SET category = excluded.category, point = excluded.point",
            row,
        )
        self._count("upsert")

    def _copy(self) -> None:
        lines = "COPY places (id, kind, state, category, sector, point) FROM STDIN"
        with self._connection.cursor().copy(lines) as copy:
            for _row in range(3):
                row = self._make_row()
                point = f"SRID=4326;POINT({row['lon']} {row['lat']})"
                values = ("stop", row["state"], row["category"], "transport", point)
                copy.write_row((row["id"], *values))
        self._count("copy")

    def _change_one(self) -> None:
        self._change([self._dice.choice(self._own)] if self._own else [])

    def _change_many(self) -> None:
        self._change(self._dice.sample(self._own, min(len(self._own), 12)))

    def _change_others(self) -> None:
        others = self._dice.choice(self._everyone)
        self._change([self._dice.choice(others)] if others else [])

    def _change(self, ids: list[UUID]) -> None:
        change = self._dice.choice(_CHANGES)
        row = self._make_row(keep=False) | {"ids": ids}
        statement = f"UPDATE places SET {change} WHERE id = ANY(%(ids)s)"  # noqa: S608 - of this file
        self._connection.execute(statement, row)
        self._count("update")

    def _delete(self) -> None:
        gone = self._dice.sample(self._own, min(len(self._own), 2))
        self._connection.execute("DELETE FROM places WHERE id = ANY(%s)", (gone,))
        self._count("delete")

    def _truncate(self) -> None:
        self._connection.execute("TRUNCATE places CASCADE")
        self._count("truncate")

    def _count(self, sort: str) -> None:
        self.done[sort] += 1
        self.done["writes"] += 1

    def _make_row(self, *, keep: bool = True) -> dict[str, object]:
        dice = self._dice
        lon, lat = dice.choice(CLUMPS)
        row: dict[str, object] = {
            "id": uuid4(),
            "kind": dice.choice(("building", "organisation", "stop", "outdoor")),
            "state": dice.choice(("active", "active", "active", "proposed", "gone")),
            "name": dice.choice(('{"ru": "Аптека"}', "{}")),
            "category": dice.choice(CATEGORIES),
            "lon": lon + dice.choice((0, dice.gauss(0, 0.002), dice.gauss(0, 0.03))),
            "lat": lat + dice.choice((0, dice.gauss(0, 0.002), dice.gauss(0, 0.03))),
            "words": [dice.choice((0, 0, 1, 2, 3)) for _profile in range(6)],
        }
        if dice.random() < 0.02:
            row["lat"] = dice.choice((89.9, -90.0, 86.0))  # outside of the web-mercator world
        if keep:
            self._own.append(row["id"])  # type: ignore[arg-type]
        return row


def write_at_once(url: str, *, writers: int, writes: int, seed: int) -> Counter[str]:
    """Let so many connections write until each has done its share; gives what was done."""
    everyone: list[list[UUID]] = []
    people = [Writer(url, seed * 1000 + number, everyone) for number in range(writers)]
    with ThreadPoolExecutor(writers) as pool:
        share = -(-writes // writers)
        for done in [
            pool.submit(each.write, share, truncates=each is people[0]) for each in people
        ]:
            done.result()
    return sum((each.done for each in people), Counter[str]())
