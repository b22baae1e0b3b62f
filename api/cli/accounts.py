"""Commands about accounts."""

from typing import Annotated

import typer

from api.cli.running import load_settings, open_sessions, run
from audits.accounts.roles import Role


def create_account(
    login: Annotated[str, typer.Argument(help="Log-in name; upper and lower case are the same.")],
    role: Annotated[
        Role, typer.Option(help="What the account may do.", case_sensitive=False)
    ] = Role.VOLUNTEER,
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")] = "",
    password: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            confirmation_prompt=True,
            help="At least 12 characters; asked for when not given.",
        ),
    ] = "",
) -> None:
    """Create an account for a colleague."""
    account_id = run(_create(login, role, name, password))
    typer.echo(f"Created {role.value} {login} ({account_id}).")


def rotate_keys() -> None:
    """Sign with a new key from now on; old ones stay published, so that receipts stay good.

    Running servers on this machine follow at once; servers on other machines need the same folder.
    """
    from api import keys

    ring = keys.rotate_keys(load_settings().keys_dir)
    count = len(ring.as_jwks()["keys"])
    typer.echo(f"New signing key {ring.signing.kid}; {count} keys are published.")


def reset_second_factor(
    login: Annotated[str, typer.Argument(help="Log-in name of who lost phone and recovery codes.")],
) -> None:
    """Take a lost second factor away; the person sets up a new one after signing in."""
    run(_reset(login))
    typer.echo(f"{login} has no second factor any more.")


async def _reset(login: str) -> None:
    from datetime import UTC, datetime

    from audits.accounts import second_factor, service, sessions
    from audits.accounts.administration import AccountNotFoundError
    from geo.db.session import write_session

    async with (
        open_sessions(load_settings(), pool_size=1) as database,
        write_session(database) as db,
    ):
        account = await service.find_by_login(db, login)
        if account is None:
            raise AccountNotFoundError
        await second_factor.reset_second_factor(db, account=account, actor_id=None)
        await sessions.end_all_sessions(db, account=account, now=datetime.now(UTC))


async def _create(login: str, role: Role, name: str, password: str) -> object:
    from audits.accounts import service
    from geo.db.session import write_session

    async with (
        open_sessions(load_settings(), pool_size=1) as database,
        write_session(database) as db,
    ):
        account = await service.create_account(
            db, role=role, login=login, password=password, display_name=name
        )
        return account.id
