"""Commands about the map."""

from typing import TYPE_CHECKING

import typer

from api.cli.running import load_settings, open_sessions, run
from api.settings import Settings

if TYPE_CHECKING:
    from geo.tiles.recount import ZoomCount


def recount_clusters() -> None:
    """Count the places per cell of the map anew, and say what was wrong at each zoom.

    Needed after data were restored into tables whose triggers fire, which counts every place
    twice. Everybody may go on working meanwhile; run in vain, it changes nothing.
    """
    counts = run(_recount(load_settings()))
    wrong = sum(count.wrong_cells for count in counts)
    places = counts[0].places
    if wrong:
        typer.echo(f"{wrong:,} cells mended; {places:,} places are counted.")
    else:
        typer.echo(f"Nothing was wrong; {places:,} places are counted.")


async def _recount(settings: Settings) -> "list[ZoomCount]":
    from geo.tiles.recount import recount_clusters as recount

    async with open_sessions(settings, pool_size=2) as sessions:
        return await recount(sessions, on_zoom=_say)


def _say(count: "ZoomCount") -> None:
    text = f"zoom {count.zoom:>2}: {count.cells:,} cells, {count.wrong_cells:,} wrong"
    if count.told_places != count.places:
        text += f"; {count.told_places:,} places were counted, {count.places:,} are there"
    typer.echo(f"         {text}")
