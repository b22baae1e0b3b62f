"""Clean photos in cells: one process for each, with limits on memory, processor and time.

What a cell may use: 1.25 GiB of address space (with libraries), 30 s of processor, 60 s of time.
The caller's own memory grows by the photo and its derivatives only. A cell that dies, hangs or
answers nonsense means that its photo is refused; a cell that cannot be started is an error of
this machine, and the photo is tried again later.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from audits.photos.cell import Order, read_answer, write_order
from audits.photos.cleaning import CleanPhoto, Derivative, Redaction
from audits.photos.reasons import RejectReason, UnusablePhotoError

CELL_MEMORY_BYTES = 1_280 << 20
_CELL_CPU_S = 30
_CELL_TIME_S = 60
_COMMAND = (sys.executable, "-I", "-m", "audits.photos.cell")
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
"""Nothing of ours: a decoder that was taken over finds no password to read."""
_KILLED_FOR_COST = {-signal.SIGXCPU, -signal.SIGKILL}


class CellError(RuntimeError):
    """A cell could not do its work for reasons that are not the photo's; try again later."""


@dataclass(frozen=True, slots=True)
class CleaningLimits:
    """What cleaning may cost, and where the detector's model lies."""

    max_pixels: int
    face_model: Path | None
    """`None`, or a file that is not there: photos are cleaned but stay private."""
    max_memory_bytes: int = CELL_MEMORY_BYTES
    max_time_s: float = _CELL_TIME_S


@dataclass(frozen=True, slots=True)
class CellReport:
    """A clean photo and what it cost."""

    clean: CleanPhoto
    peak_memory_kb: int
    complaint: str | None
    """Why nobody looked for faces, if nobody did."""


def clean_in_cell(
    content: bytes, *, limits: CleaningLimits, redactions: Sequence[Redaction] = ()
) -> CellReport:
    """Clean a photo in a process of its own; blocks.

    Raises UnusablePhotoError with a reason for the volunteer, and CellError when the machine
    could not do it.
    """
    order = Order(
        max_pixels=limits.max_pixels,
        max_memory_bytes=limits.max_memory_bytes,
        max_cpu_s=_CELL_CPU_S,
        face_model=None if limits.face_model is None else str(limits.face_model.absolute()),
        redactions=[asdict(redaction) for redaction in redactions],
    )
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and no word of the photo
            _COMMAND,
            input=write_order(order, content),
            capture_output=True,
            timeout=limits.max_time_s,
            check=False,
            env=_ENVIRONMENT,
            cwd="/",
        )
    except subprocess.TimeoutExpired as error:
        raise UnusablePhotoError(RejectReason.TOO_HEAVY) from error
    except OSError as error:
        raise CellError(f"no process for cleaning photos: {error.strerror}") from error
    if done.returncode < 0:
        heavy = done.returncode in _KILLED_FOR_COST
        raise UnusablePhotoError(RejectReason.TOO_HEAVY if heavy else RejectReason.DAMAGED)
    if done.returncode:
        if b"MemoryError" in done.stderr:
            raise UnusablePhotoError(RejectReason.TOO_HEAVY)
        raise CellError(done.stderr.decode(errors="replace")[-500:])
    return _read_report(done.stdout)


def _read_report(raw: bytes) -> CellReport:
    try:
        facts, blocks = read_answer(raw)
    except ValueError as error:
        raise CellError(str(error)) from error
    if "reason" in facts:
        raise UnusablePhotoError(RejectReason(facts["reason"]))
    return CellReport(
        _read_clean(facts, blocks), int(facts["peak_memory_kb"]), facts.get("complaint")
    )


def _read_clean(facts: dict[str, Any], blocks: list[bytes]) -> CleanPhoto:
    taken_at = facts["taken_at"]
    return CleanPhoto(
        derivatives={
            int(each["side"]): Derivative(int(each["width"]), int(each["height"]), block)
            for each, block in zip(facts["pictures"], blocks, strict=True)
        },
        perceptual_hash=int(facts["perceptual_hash"]),
        mirrored_hash=int(facts["mirrored_hash"]),
        thumb_hash=str(facts["thumb_hash"]),
        taken_at=None if taken_at is None else datetime.fromisoformat(taken_at),
        faces_checked_by=facts["faces_checked_by"],
        face_count=facts["face_count"],
    )
