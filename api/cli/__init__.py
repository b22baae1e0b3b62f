"""The command line `esik`: what a city's IT person types.

Every command reads its settings from `ESIK_…` variables; `esik up` sets them for its children.
Modules of the application are imported inside the commands, so that `esik --help` is quick and
`esik up` works before anything else does.
"""

import typer

from api.cli import accounts, city, maps, networks, open_data, photos, processes

app = typer.Typer(
    name="esik",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Esik: doorstep-to-doorstep accessibility for a city.",
)
app.command()(processes.up)
app.command()(processes.serve)
app.command()(processes.worker)
app.command()(processes.migrate)
app.command("import-osm")(city.import_osm)
app.command("import-doskaz")(city.import_doskaz)
app.command("import-opensidewalks")(networks.import_opensidewalks)
app.command("export-opensidewalks")(networks.export_opensidewalks)
app.command("publish-open-data")(open_data.publish_open_data)
app.command()(city.demo)
app.command("recount-clusters")(maps.recount_clusters)
app.command("reconcile-photos")(photos.reconcile_photos)
app.command("create-account")(accounts.create_account)
app.command("rotate-keys")(accounts.rotate_keys)
app.command("reset-second-factor")(accounts.reset_second_factor)

__all__ = ["app"]
