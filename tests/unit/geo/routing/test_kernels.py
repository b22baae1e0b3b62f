"""How kernels are called."""

import subprocess
import sys

import numpy as np
import pytest

from geo.routing.kernels import kernel, straight

_STRAIGHT = """
import numpy as np
from geo.routing.kernels import kernel, straight

@straight
@kernel
def add(values, more):
    values[0] += more
    return values[0]

values = np.zeros(2)
print([float(add(values, number)) for number in (1, 2, 3)])
"""


def test_a_straight_kernel_with_other_types_is_found_in_tests() -> None:
    """What would read memory wrongly at the machine is an error here."""

    @straight
    @kernel
    def first_of(values: np.ndarray) -> float:
        return values[0]  # type: ignore[no-any-return]

    assert first_of(np.ones(3)) == 1.0
    assert first_of(np.ones(9)) == 1.0
    with pytest.raises(TypeError, match="first_of"):
        first_of(np.ones(6)[::2])


def test_a_straight_kernel_goes_on_with_its_machine_code() -> None:
    """Outside tests later calls give what the first one gives."""
    done = subprocess.run([sys.executable, "-c", _STRAIGHT], capture_output=True, text=True)  # noqa: PLW1510 - own text
    assert (done.returncode, done.stdout) == (0, "[1.0, 3.0, 6.0]\n"), done.stderr
