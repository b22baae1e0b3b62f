"""PostGIS from Debian's packages: installed by root, or unpacked into a private folder.

The private way changes nothing on the machine: apt keeps its state under our folder, the
packages are unpacked, not installed.  PostgreSQL finds its own files relative to its
program, so the tree may be moved.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from api.local.errors import PackagesError
from api.local.steps import say

# Also read by apt, whose expressions know no \d.
_POSTGIS = re.compile(r"^postgresql-([0-9]+)-postgis-3$")
_OWN_CLUSTER_OFF = Path("/etc/postgresql-common/createcluster.d/esik-setup.conf")
_REMEDY = "Check the network and /etc/apt/sources.list, or set DATABASE_URL to a PostGIS server."
_QUIET = ("-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300")
# Wanted in the tree even where the machine has them: PostgreSQL looks beside its own program.
_ALWAYS = ("postgresql-{0}", "postgresql-client-{0}", "libpq5")
_POSTGIS_PARTS = ("postgresql-{0}-postgis-3", "postgresql-{0}-postgis-3-scripts")
# What the PostGIS library itself is linked with; its raster and 3D parts want 36 more.
_LIBRARIES = re.compile(r"^(libgeos|libproj\d|proj-data$|libprotobuf-c1|libjson-c5)")
# Compilation of queries is off, and nothing of Debian's own cluster management is called.
_NEVER_USED = re.compile(r"^(libllvm|libz3|perl|libperl|postgresql(-client)?-common|ssl-cert)")


def has_apt() -> bool:
    """Say whether this machine has Debian's package tools."""
    return all(shutil.which(each) for each in ("apt-get", "apt-cache", "dpkg"))


def install_system() -> None:
    """Install the newest PostGIS the machine's sources offer; root only.

    Debian would also create and start a server on port 5432: that is switched off for this
    one installation.  Raises PackagesError.
    """
    _run(["apt-get", *_QUIET, "-qq", "update"])
    major = _newest_major()
    switch = not _OWN_CLUSTER_OFF.exists()
    if switch:
        _OWN_CLUSTER_OFF.parent.mkdir(parents=True, exist_ok=True)
        _OWN_CLUSTER_OFF.write_text("create_main_cluster = false\n", encoding="ascii")
    try:
        _run(
            ["apt-get", *_QUIET, "-y", "--no-install-recommends", "install"]
            + [each.format(major) for each in _POSTGIS_PARTS],
            show=re.compile(r"Need to get|disk space will be used"),
            count=re.compile(r"^Setting up"),
        )
    finally:
        if switch:
            _OWN_CLUSTER_OFF.unlink()


def unpack_private(folder: Path) -> None:
    """Unpack PostgreSQL with PostGIS into `folder`/root, about 31 MB fetched, 145 MB kept.

    All or nothing: the tree appears under its name only when it is complete.  Raises
    PackagesError.
    """
    debs, tree = folder / "debs", folder / "unpacked"
    private = _begin_private(folder)
    major = _newest_major(*private)
    absent = _missing_packages(major, private)
    first = [each.format(major) for each in (*_ALWAYS, *_POSTGIS_PARTS)]
    first += [each for each in _closure(major, private) if _LIBRARIES.match(each)]
    _fetch(first, private, debs, tree)
    if _unresolved(tree, major):
        rest = [each for each in absent if each not in first and not _NEVER_USED.match(each)]
        _fetch(rest, private, debs, tree)
        if lost := _unresolved(tree, major):
            raise PackagesError(f"The PostGIS packages lack {', '.join(sorted(lost))}.", _REMEDY)
    _link_controls(tree / f"usr/share/postgresql/{major}/extension")
    for each in (debs, folder / "state", folder / "cache"):
        shutil.rmtree(each)
    tree.rename(folder / "root")


def unpack(name: str, folder: Path) -> None:
    """Unpack one package without its dependencies into `folder`; raises PackagesError."""
    private = _begin_private(folder)
    _fetch([name], private, folder / "debs", folder)
    for each in ("debs", "unpacked", "state", "cache"):
        shutil.rmtree(folder / each)


def _begin_private(folder: Path) -> tuple[str, ...]:
    """Make an empty `folder` with apt's lists in it; return the options that use them."""
    shutil.rmtree(folder, ignore_errors=True)
    for each in ("debs", "unpacked", "state/lists/partial", "cache/archives/partial"):
        (folder / each).mkdir(parents=True)
    private = (
        *("-o", f"Dir::State={folder / 'state'}"),
        *("-o", "Dir::State::status=/var/lib/dpkg/status"),
        *("-o", f"Dir::Cache={folder / 'cache'}"),
        *("-o", "Debug::NoLocking=true"),
        *("-o", "APT::Sandbox::User="),  # the sandbox user cannot reach a private folder
    )
    _run(["apt-get", *private, "-qq", "update"])
    return private


def _newest_major(*options: str) -> int:
    listed = _run(["apt-cache", *options, "search", "--names-only", _POSTGIS.pattern])
    majors = [int(m[1]) for line in listed.splitlines() if (m := _POSTGIS.match(line.split()[0]))]
    if not majors:
        raise PackagesError("This machine's package sources have no PostGIS 3.", _REMEDY)
    return max(majors)


def _missing_packages(major: int, options: Sequence[str]) -> list[str]:
    """List what apt would install here, by asking it to pretend."""
    wanted = [each.format(major) for each in _POSTGIS_PARTS]
    pretended = _run(["apt-get", *options, "-s", "--no-install-recommends", "install", *wanted])
    return [line.split()[1] for line in pretended.splitlines() if line.startswith("Inst ")]


def _closure(major: int, options: Sequence[str]) -> list[str]:
    """List all packages PostGIS depends on, installed or not."""
    kinds = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    only = [f"--no-{each}" for each in kinds]
    package = f"postgresql-{major}-postgis-3"
    listed = _run(["apt-cache", *options, "depends", "--recurse", *only, package])
    return sorted({line for line in listed.splitlines() if line and line[0].isalnum()})


def _fetch(names: Sequence[str], options: Sequence[str], debs: Path, tree: Path) -> None:
    if not names:
        return
    before = set(debs.iterdir())
    _run(["apt-get", *options, "-qq", "download", *names], folder=debs)
    fresh = sorted(set(debs.iterdir()) - before)
    size_mb = sum(each.stat().st_size for each in fresh) / 1e6
    say(f"         {len(fresh)} packages, {size_mb:.0f} MB fetched; unpacking")
    for each in fresh:
        _run(["dpkg", "-x", str(each), str(tree)])


def _unresolved(tree: Path, major: int) -> set[str]:
    """Name the shared libraries that neither the machine nor the tree has."""
    base = tree / f"usr/lib/postgresql/{major}"
    libraries = os.pathsep.join(str(each) for each in (tree / "usr/lib").glob("*-linux-*"))
    programs = [base / "bin/postgres", base / "bin/initdb", base / "lib/postgis-3.so"]
    linked = _run(["ldd", *map(str, programs)], extra={"LD_LIBRARY_PATH": libraries})
    return {line.split()[0] for line in linked.splitlines() if "not found" in line}


def _link_controls(extensions: Path) -> None:
    """Do what Debian's installation step does: X.control points to X-3.control."""
    for each in extensions.glob("*-3.control"):
        plain = each.with_name(each.name.replace("-3.control", ".control"))
        if not plain.exists():
            plain.symlink_to(each.name)


def _run(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    show: re.Pattern[str] | None = None,
    count: re.Pattern[str] | None = None,
    extra: dict[str, str] | None = None,
) -> str:
    """Run a package command and return its output; tell lines that match `show`.

    Of the lines that match `count` every tenth is told with its number.
    """
    lines: list[str] = []
    counted = 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        list(command),
        cwd=folder,
        env={**environment, **(extra or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if show and show.search(line):
                say(f"         {line.strip()}")
            if count and count.search(line):
                counted += 1
                if counted % 10 == 0:
                    say(f"         {counted} packages ready")
    if process.returncode:
        tail = "".join(lines[-5:]).strip()
        raise PackagesError(f"`{command[0]}` failed: {tail}", _REMEDY)
    return "".join(lines)
