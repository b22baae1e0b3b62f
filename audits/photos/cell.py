"""The cell: a process of its own that cleans one photo under hard limits, and ends.

`python -I -m audits.photos.cell` reads an order and the photo from its standard input and writes
the clean pictures to its standard output. It inherits no environment, opens no connection and
can write no file. Whatever a hostile photo does to a decoder, it does it here, to nothing.
"""

import json
import resource
import struct
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Order:
    """What the cell is asked to do."""

    max_pixels: int
    max_memory_bytes: int
    """Of address space, libraries included."""
    max_cpu_s: int
    face_model: str | None
    redactions: list[dict[str, float]]


def write_order(order: Order, content: bytes) -> bytes:
    """Give what the cell reads: the order's length, the order, the photo."""
    head = json.dumps(asdict(order)).encode()
    return _LENGTH.pack(len(head)) + head + content


def read_answer(raw: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Read what a cell wrote: facts, and one block of bytes for each length that they name.

    Raises ValueError when it is not whole.
    """
    if len(raw) < _LENGTH.size:
        raise ValueError("the cell said nothing")
    (size,) = _LENGTH.unpack_from(raw)
    start = _LENGTH.size + size
    facts: dict[str, Any] = json.loads(raw[_LENGTH.size : start])
    blocks = []
    for length in facts.get("lengths", []):
        blocks.append(raw[start : start + length])
        start += length
    if start != len(raw):
        raise ValueError("the cell's answer is cut short")
    return facts, blocks


def _write_answer(out: BinaryIO, facts: dict[str, Any], blocks: list[bytes]) -> None:
    head = json.dumps({**facts, "lengths": [len(block) for block in blocks]}).encode()
    out.write(_LENGTH.pack(len(head)) + head + b"".join(blocks))
    out.flush()


def _limit(order: Order) -> None:
    """Give up memory, time, files and children for good, before anything else is imported."""
    for kind, value in (
        (resource.RLIMIT_AS, order.max_memory_bytes),
        (resource.RLIMIT_CPU, order.max_cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def main() -> int:
    """Do one order."""
    raw = sys.stdin.buffer.read()
    (size,) = _LENGTH.unpack_from(raw)
    order = Order(**json.loads(raw[_LENGTH.size : _LENGTH.size + size]))
    content = raw[_LENGTH.size + size :]
    del raw
    _limit(order)
    facts, blocks = _clean(order, content)
    facts["peak_memory_kb"] = _read_peak_kb()
    _write_answer(sys.stdout.buffer, facts, blocks)
    return 0


def _read_peak_kb() -> int:
    """Give the most memory this process ever held; getrusage would count its parent's too."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def _clean(order: Order, content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    from audits.photos.reasons import (  # noqa: PLC0415 - under the limits only
        HEAD_BYTES,
        RejectReason,
        UnusablePhotoError,
        find_refusal,
    )

    refusal = find_refusal(content[:HEAD_BYTES])
    if refusal is not None:
        return {"reason": refusal.value}, []
    try:
        from audits.photos.cleaning import Redaction, clean_photo  # noqa: PLC0415
        from audits.photos.faces import FaceDetector, ModelError  # noqa: PLC0415

        detector, complaint = None, None
        if order.face_model is not None:
            try:
                detector = FaceDetector(Path(order.face_model))
            except ModelError as error:
                complaint = str(error)
        clean = clean_photo(
            content,
            max_pixels=order.max_pixels,
            detector=detector,
            redactions=[Redaction(**each) for each in order.redactions],
        )
    except UnusablePhotoError as error:
        return {"reason": error.reason.value}, []
    except MemoryError:
        return {"reason": RejectReason.TOO_HEAVY.value}, []
    facts = asdict(clean)
    pictures = facts.pop("derivatives")
    facts["taken_at"] = None if clean.taken_at is None else clean.taken_at.isoformat()
    facts["complaint"] = complaint
    facts["pictures"] = [
        {"side": side, "width": each["width"], "height": each["height"]}
        for side, each in pictures.items()
    ]
    return facts, [each["content"] for each in pictures.values()]


if __name__ == "__main__":
    sys.exit(main())
