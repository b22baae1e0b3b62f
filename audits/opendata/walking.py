"""The words of streets: what each profile can do on a stretch, as the router would price it.

They are no column of a table, so they are put beside the rows that were read. Where the two
sides of a stretch differ, the worse one speaks; a stretch of which the router says nothing (its
pavements are ways of their own) is `unknown`. Links go by their numbers (`geo.network.links`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

import psycopg
from psycopg import sql

from audits.opendata.columns import WORDS, Column
from geo.mobility.profiles import PROFILES
from geo.network.links import LINKS_FROM, number_link
from geo.routing.build import build_base, ensure_base, name_base
from geo.routing.kernels import keep_code_in
from geo.routing.overlay import Overlay, apply, empty_overlay
from geo.routing.reports import read_everything
from geo.street_words import Said, StreetWords

_KNOWN = ("audited", "mapped", "assumed", "missing")
_NOTHING = (*("unknown" for _ in PROFILES), *("missing" for _ in PROFILES))

SAID_COLUMNS = (
    *(
        Column(f"can_{each}", "", choices=WORDS, always=True, meaning="can", about=each)
        for each in PROFILES
    ),
    *(
        Column(f"known_{each}", "", choices=_KNOWN, always=True, meaning="known", about=each)
        for each in PROFILES
    ),
)
"""First the word for every profile, then what it rests on."""


class Walker(Protocol):
    """Who knows the words of streets."""

    def find(self, edge_ids: Sequence[int]) -> list[Said]:
        """Find what is said about edges, once for each side where the sides differ."""

    def find_links(self) -> Mapping[str, Said]:
        """Find what is said about links, by the id of the override."""


def say_words(walker: Walker, edge_ids: Sequence[int]) -> list[tuple[str, ...]]:
    """Give the values of `SAID_COLUMNS` for each edge, in their order; blocking, for a thread."""
    found: dict[int, list[Said]] = {}
    if any(edge_id >= LINKS_FROM for edge_id in edge_ids):
        links = walker.find_links()
        found |= {number_link(UUID(link_id)): [said] for link_id, said in links.items()}
    for said in walker.find([edge_id for edge_id in edge_ids if edge_id < LINKS_FROM]):
        found.setdefault(said.edge_id, []).append(said)
    return [_worst(found.get(edge_id, ())) for edge_id in edge_ids]


def _worst(sides: Sequence[Said]) -> tuple[str, ...]:
    if not sides:
        return _NOTHING
    chosen = [
        min(((side.words[n], side.known[n]) for side in sides), key=lambda each: each[0].rank)
        for n in range(len(PROFILES))
    ]
    return (*(word.value for word, _ in chosen), *(known for _, known in chosen))


@dataclass(frozen=True, slots=True)
class _Pinned:
    overlay: Overlay


async def open_walker(
    conninfo: str, snapshot: str, *, graph_dir: Path, code_dir: Path
) -> StreetWords:
    """Open the network of an exported snapshot, with what audits and reports laid over it.

    The base is the file that the router of this machine uses, made if there is none; should the
    streets have been swapped since the snapshot, it is read from the snapshot itself.
    """
    keep_code_in(code_dir)
    graph = ensure_base(conninfo, graph_dir)
    choose = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot))
    with psycopg.connect(conninfo, application_name="esik-open-data") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(choose)
        key = name_base(connection)
        if graph.key != key:
            graph = build_base(connection, key)
    async with await psycopg.AsyncConnection.connect(conninfo) as reader:
        await reader.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await reader.execute(choose)
        read = await read_everything(reader)
    overlay = apply(empty_overlay(graph), overrides=read.overrides, obstacles=read.obstacles)
    pinned = _Pinned(overlay)
    return StreetWords(lambda: pinned)
