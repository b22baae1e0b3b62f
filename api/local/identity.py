"""Under which user PostgreSQL runs, since it refuses to run as root.

Ordinary users run it as themselves.  For root three ways are tried, in this order: a user
namespace in which root has another number (works in any folder root owns, also under a
0700 home), the system's `postgres` or `nobody` user where it can reach the folder, and
the same user with the folder moved outside the checkout.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from api.local.errors import ClusterError

_NOBODY = 65534
_OUTSIDE = Path("/var/lib/esik")


@dataclass(frozen=True)
class Identity:
    """A command prefix that changes the user, and the folder that user may write.

    `owner` is the (uid, gid) the folder's files must belong to, as root sees them.
    """

    prefix: tuple[str, ...]
    folder: Path
    owner: tuple[int, int]


def choose_identity(folder: Path) -> Identity:
    """Return how to run PostgreSQL on data in `folder`, which is made when absent.

    The folder of the answer differs from the one asked for only when root's service user
    cannot reach it.  Raises ClusterError when no way works.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() != 0:
        return _as_myself(folder)
    return _in_namespace(folder) or _as_service(folder) or _as_service_outside(folder)


def give(identity: Identity, *paths: Path) -> None:
    """Hand files to the identity's user; only root needs and does it."""
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, *identity.owner)


def adopt(identity: Identity, data: Path) -> None:
    """Hand over files that root's other way of running PostgreSQL made; only root does it."""
    if os.geteuid() != 0 or not data.exists() or data.stat().st_uid == identity.owner[0]:
        return
    for folder, _, names in os.walk(data):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            os.chown(path, *identity.owner, follow_symlinks=False)


def _as_myself(folder: Path) -> Identity:
    if not os.access(folder, os.W_OK | os.X_OK):
        owner = folder.stat().st_uid
        raise ClusterError(
            f"{folder} belongs to another user (number {owner}).",
            f"Run as that user, or give it back: sudo chown -R {os.geteuid()} {folder.parent}",
        )
    return Identity((), folder, (os.geteuid(), os.getegid()))


def _works(prefix: tuple[str, ...], folder: Path) -> bool:
    tried = subprocess.run(
        [*prefix, "test", "-w", str(folder), "-a", "-x", str(folder)],
        check=False,
        capture_output=True,
    )
    return tried.returncode == 0


def _in_namespace(folder: Path) -> Identity | None:
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    prefix = (unshare, "-U", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")
    return Identity(prefix, folder, (0, 0)) if _works(prefix, folder) else None


def _as_service(folder: Path) -> Identity | None:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return None
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwuid(_NOBODY)
    prefix = (setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups")
    before = folder.stat()
    os.chown(folder, user.pw_uid, user.pw_gid)
    if _works(prefix, folder):
        return Identity(prefix, folder, (user.pw_uid, user.pw_gid))
    os.chown(folder, before.st_uid, before.st_gid)
    return None


def _as_service_outside(folder: Path) -> Identity:
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    outside = _OUTSIDE / f"{folder.name}-{digest}"
    outside.mkdir(parents=True, exist_ok=True, mode=0o700)
    identity = _as_service(outside)
    if identity is None:
        raise ClusterError(
            "PostgreSQL must not run as root, and root cannot change user here.",
            "Run as an ordinary user, or set DATABASE_URL to a PostGIS server.",
        )
    return identity
