"""Commands about the map."""

from typing import TYPE_CHECKING

import typer

from api.cli.running import load_settings, run
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
    from geo.db.engine import create_write_engine
    from geo.db.session import session_factory
    from geo.tiles.recount import recount_clusters as recount

    engine = create_write_engine(settings.database.url.get_secret_value(), pool_size=2)
    try:
        return await recount(session_factory(engine), on_zoom=_say)
    finally:
        await engine.dispose()


def _say(count: "ZoomCount") -> None:
    text = f"zoom {count.zoom:>2}: {count.cells:,} cells, {count.wrong_cells:,} wrong"
    if count.told_places != count.places:
        text += f"; {count.told_places:,} places were counted, {count.places:,} are there"
    typer.echo(f"         {text}")
