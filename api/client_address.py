"""Whose request this is: the client's address, believed only from proxies that we trust.

Addresses bound what strangers may do; they are counted as digests and stored nowhere else.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

from api.dependencies import AppState, Now
from audits.accounts.counters import take
from audits.accounts.service import TooManyAttemptsError
from geo.db.session import write_session

Network = IPv4Network | IPv6Network
_IPV6_PREFIX = 64
"""One household or phone gets a /64 and may use any address in it."""


def find_client_address(
    peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]
) -> str:
    """Give the address of who asks: the last one in the chain that is no trusted proxy.

    `forwarded_for` are the values of `X-Forwarded-For`, first to last. What a stranger writes
    there is believed as little as the stranger. An unreadable address ends the search.
    """
    chain = [part.strip() for value in forwarded_for for part in value.split(",")]
    current = peer or ""
    while chain and _is_trusted(current, trusted):
        following = chain.pop()
        if not _is_address(following):
            break
        current = following
    return _group(current)


def limit_address(
    what: str, *, count: int, window: timedelta
) -> Callable[[Request, AppState, Now], Awaitable[None]]:
    """Make a dependency that lets one client address do something so often, and then 429."""

    async def check(request: Request, state: AppState, now: Now) -> None:
        trusted = [ip_network(each) for each in state.settings.server.trusted_proxies]
        peer = request.client.host if request.client else None
        address = find_client_address(peer, request.headers.getlist("x-forwarded-for"), trusted)
        async with write_session(state.write_sessions) as db:
            wait_s = await take(
                db, limits={f"address:{what}:{address}": count}, window=window, now=now
            )
        if wait_s is not None:
            raise TooManyAttemptsError(retry_after_s=wait_s)

    return check


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    return _is_address(text) and any(
        address.version == network.version and address in network
        for address in [ip_address(text)]
        for network in trusted
    )


def _group(text: str) -> str:
    if not _is_address(text):
        return text
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)
