"""`python -m api` is `esik`, also where the package is not installed."""

from api.cli import app

app(prog_name="esik")
