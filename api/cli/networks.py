"""Commands that exchange the walking network with others."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.running import load_settings, run


def import_opensidewalks(
    folder: Annotated[Path, typer.Argument(help="Folder with the nodes and edges as GeoJSON.")],
) -> None:
    """Take a network in the OpenSidewalks format as the streets of the city.

    The old network stays in force until the new one is complete and checked; places stay as they
    are. What people audited on streets keeps its place; what cannot be matched is listed.
    """
    from geo.opensidewalks.importer import import_opensidewalks as import_folder

    settings = load_settings()
    summary = run(
        import_folder(database_url=settings.database.conninfo, folder=folder, progress=_say)
    )
    for line in summary.lines():
        typer.echo(line)


def export_opensidewalks(
    folder: Annotated[Path, typer.Argument(help="Folder for the files; made if it is missing.")],
) -> None:
    """Write the walking network in force in the OpenSidewalks format, with audited measures."""
    from geo.opensidewalks.exporter import export_opensidewalks as export_folder

    settings = load_settings()
    written = run(
        export_folder(database_url=settings.database.conninfo, folder=folder, progress=_say)
    )
    typer.echo(f"{written.nodes}: {written.node_count:,} nodes")
    typer.echo(f"{written.edges}: {written.edge_count:,} edges")


def _say(text: str) -> None:
    typer.echo(f"         {text}")
