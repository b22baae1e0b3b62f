"""The README's lines really run, in the order in which a newcomer would type them."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.support.city import RunningCity
from tests.support.machine import ROOT

pytestmark = pytest.mark.xdist_group("city")

_BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_thread_of_the_readme_runs(city: RunningCity, tmp_path: Path) -> None:
    """Sign in, audit, photo, approval: the last line says that the route found the new door."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(blocks) == 3
    Image.effect_noise((800, 600), 50).convert("RGB").save(tmp_path / "photo.jpg")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env={**os.environ, "API": city.base_url, "no_proxy": "127.0.0.1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{city.read_logs()}"
    lines = done.stdout.splitlines()
    assert lines[0] in {"building_side", "mapped_entrance", "centroid"}
    assert '"state":"approved"' in done.stdout
    assert "'manual_wheelchair': 'yes'" in lines[-2] or "'with_help'" in lines[-2]
    assert lines[-1] == "surveyed_entrance"
