"""Where PostgreSQL with PostGIS comes from on this machine.

First what is installed, then the system's packages (root), then a private unpacked tree of
the same packages (ordinary user).  `ESIK_POSTGIS=private` or `=system` forces one of them.
Never touches a running server, never takes port 5432.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.local import packages
from api.local.errors import PostgisMissingError
from api.local.steps import step

_ELSEWHERE = (
    "Install PostgreSQL 15 or newer with PostGIS 3 yourself, or set "
    "DATABASE_URL=postgresql://user:password@host/name to a server that has it."
)


@dataclass(frozen=True)
class Binaries:
    """One PostgreSQL installation that knows PostGIS.

    `folder` holds initdb and postgres; `environment` must be set when they run.
    """

    folder: Path
    major: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def path(self, name: str) -> str:
        """Return the full path of one program, for a command line."""
        return str(self.folder / name)


def find_binaries(*, local: Path, major: int | None = None) -> Binaries | None:
    """Return an installed PostGIS, the newest or the asked major version, or None.

    Looks at Debian's folders, at `pg_config` on the path, and at the private tree under
    `local`.
    """
    wanted = os.environ.get("ESIK_POSTGIS", "")
    found = [] if wanted == "private" else [*_installed()]
    if wanted != "system":
        found += _private(local)
    if major is not None:
        found = [each for each in found if each.major == major]
    return max(found, key=lambda each: each.major, default=None)


def ensure_binaries(*, local: Path, major: int | None = None) -> Binaries:
    """Return PostGIS, installing it when the machine has none.

    Root installs the system's packages; other users unpack them under `local`.  Raises
    PostgisMissingError where neither is possible, PackagesError when apt fails.
    """
    found = find_binaries(local=local, major=major)
    if found is not None:
        return found
    if not packages.has_apt():
        raise PostgisMissingError("There is no PostGIS on this machine.", _ELSEWHERE)
    if os.geteuid() == 0 and os.environ.get("ESIK_POSTGIS", "") != "private":
        with step("PostGIS from the system's packages"):
            packages.install_system()
    else:
        with step(f"PostGIS as a private tree in {local / 'postgis'}"):
            packages.unpack_private(local / "postgis")
    found = find_binaries(local=local, major=major)
    if found is None:
        what = "PostGIS was installed but cannot be found"
        raise PostgisMissingError(f"{what} (PostgreSQL {major or 'any'}).", _ELSEWHERE)
    return found


def _installed() -> Iterator[Binaries]:
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        name = folder.parent.name
        if name.isdigit() and _complete(folder, Path("/usr/share/postgresql") / name):
            yield Binaries(folder, int(name))
    pg_config = shutil.which("pg_config")
    if pg_config is None:
        return
    folder, share = (Path(_ask(pg_config, what)) for what in ("--bindir", "--sharedir"))
    version = re.search(r"\d+", _ask(pg_config, "--version"))
    if version and folder.parent.parent != Path("/usr/lib/postgresql") and _complete(folder, share):
        yield Binaries(folder, int(version[0]))


def _private(local: Path) -> Iterator[Binaries]:
    root = (local / "postgis" / "root").resolve()
    libraries = [str(each) for each in (root / "usr/lib").glob("*-linux-*") if each.is_dir()]
    environment = {
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "PROJ_DATA": str(root / "usr/share/proj"),
    }
    for folder in (root / "usr/lib/postgresql").glob("*/bin"):
        major = folder.parent.name
        if _complete(folder, root / "usr/share/postgresql" / major):
            yield Binaries(folder, int(major), environment)


def _complete(folder: Path, share: Path) -> bool:
    return (
        (folder / "initdb").exists()
        and (folder / "postgres").exists()
        and (share / "extension" / "postgis.control").exists()
    )


def _ask(program: str, option: str) -> str:
    answer = subprocess.run([program, option], check=False, capture_output=True, text=True)
    return answer.stdout.strip()
