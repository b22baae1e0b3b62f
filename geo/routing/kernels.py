"""Compiled functions: how they are compiled, where their machine code is kept.

numba's own cache looks at one file's date only, so an edit in an imported kernel would leave
stale code behind. Here the cache folder is named after a hash of every source file of this
package and of the versions of numba and numpy, and is given by the caller.
"""

import hashlib
import threading
from collections.abc import Callable
from functools import wraps
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

_F = TypeVar("_F", bound=Callable[..., Any])
_kernels: list[Any] = []


_OPTIONS: Any = {"nogil": True, "error_model": "numpy"}
"""Without the interpreter lock. `fastmath` stays off: it assumes that there is no infinity, and
infinity is how a closed way is written (measured: 42 of 500 routes wrong)."""
_UNCOUNTED: Any = {**_OPTIONS, "_nrt": False}
"""Who holds an array is not counted: its caller does. To count locks a line of the cache at
each step (measured: 35 % of a whole answer). The option has no public name in numba."""


def kernel(function: _F) -> _F:
    """Compile a function on first use that makes no arrays; it writes to those it is given.

    It must not return arrays either, not even parts of those it was given.
    """
    return cast("_F", _keep(numba.njit(**_UNCOUNTED)(function)))


def maker(function: _F) -> _F:
    """Compile a function on first use that makes arrays; only makers may call it."""
    return cast("_F", _keep(numba.njit(**_OPTIONS)(function)))


def inline(function: _F) -> _F:
    """Compile a small function that only kernels call and that makes no arrays."""
    return cast("_F", numba.njit(**_UNCOUNTED)(function))


def _keep(compiled: Any) -> Any:  # noqa: ANN401 - numba's dispatcher, as the function it runs
    _kernels.append(compiled)
    return compiled


def straight(function: _F) -> _F:
    """Let Python go straight to the machine code of a kernel, past the look at what it is given.

    For a kernel that no kernel calls, and that is always given the same types: the look takes as
    long as some of the work (measured: 20 of 220 µs of a whole answer). Whoever calls it answers
    for the types. After `check_types`, as in tests, every call is looked at, and one with other
    types than the first raises `TypeError`.
    """
    kernel: Any = function
    code: Callable[..., Any] | None = None

    def look(*given: Any) -> Any:  # noqa: ANN401 - whatever the kernel takes and gives
        nonlocal code
        result = kernel(*given)
        if len(kernel.overloads) > 1:
            raise TypeError(f"{kernel.__name__} was given other types: {kernel.signatures}")
        if not _checked.is_set():
            code = next(iter(kernel.overloads.values())).entry_point
        return result

    @wraps(function)
    def call(*given: Any) -> Any:  # noqa: ANN401
        return (code or look)(*given)

    return cast("_F", call)


_checked = threading.Event()


def check_types() -> None:
    """Look at the types of every call of a `straight` kernel from now on."""
    _checked.set()


def paste(function: _F) -> _F:
    """Paste a small function into its callers before they are compiled.

    For the innermost steps of a search, where a call with a dozen arrays costs as much as the
    step itself.
    """
    return cast("_F", numba.njit(**_OPTIONS, inline="always")(function))


def _write_prefetch(_typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401 - numba's types
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        pointer, word, module = ir.PointerType(ir.IntType(8)), ir.IntType(32), builder.module
        kind = ir.FunctionType(ir.VoidType(), [pointer, word, word, word])
        call = module.globals.get(_PREFETCH) or ir.Function(module, kind, _PREFETCH)
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        address = builder.bitcast(builder.gep(data, [values[1]]), pointer)
        # For reading, into every level of the cache, data and not code.
        builder.call(call, [address, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, place), generate


_PREFETCH = "llvm.prefetch.p0"
prefetch = cast("Callable[[NDArray[Any], int], None]", intrinsic(_write_prefetch))
"""Have the processor fetch a place in a one-dimensional array that will be read soon."""


def keep_code_in(folder: Path) -> Path:
    """Keep machine code below a folder from now on, and return the folder really used.

    Call it before the first kernel runs; kernels that are compiled already stay as they are.
    """
    place = folder / f"kernels-{_hash_sources()}"
    place.mkdir(parents=True, exist_ok=True)
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(place)
    try:
        for each in _kernels:
            if not each.signatures:
                each.enable_caching()
    finally:
        settings.CACHE_DIR = before
    return place


def _hash_sources() -> str:
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    folder = Path(str(files("geo.routing")))
    for source in sorted(folder.rglob("*.py")):
        digest.update(str(source.relative_to(folder)).encode() + source.read_bytes())
    return digest.hexdigest()[:16]
