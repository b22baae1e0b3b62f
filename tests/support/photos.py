"""Pictures as phones send them, and a worker that cleans them in the test's own process."""

import io
import random
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine

import api.photo_jobs  # noqa: F401 - registers its jobs
from api.jobs import JobServices, create_job_app
from audits.photos.isolation import CleaningLimits
from audits.photos.stores import PhotoStore
from geo.db.session import session_factory
from tests.support.machine import LOCAL, skip_for_machine

FACE_MODEL = LOCAL / "models/centerface.onnx"
MAX_PIXELS = 50_000_000


def make_scene(seed: int = 7, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Give a soft coloured picture; another seed gives another one."""
    dice = random.Random(seed)
    small = Image.new("RGB", (16, 12))
    for x in range(16):
        for y in range(12):
            small.putpixel((x, y), (dice.randrange(256), dice.randrange(256), dice.randrange(256)))
    return small.resize(size, Image.Resampling.BICUBIC)


def make_noise(seed: int, size: tuple[int, int]) -> Image.Image:
    """Give a picture of grey noise; another seed gives another one."""
    dice = np.random.default_rng(seed)
    pixels = dice.normal(128, 60, size=(size[1], size[0])).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels).convert("RGB")


def encode(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Give a picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def make_photo(seed: int = 7, size: tuple[int, int] = (640, 480)) -> bytes:
    """Give a JPEG; another seed gives another picture."""
    return encode(make_scene(seed, size), quality=85)


async def run_photo_jobs(
    engine: AsyncEngine,
    libpq_url: str,
    store: PhotoStore,
    *,
    face_model: Path | None = FACE_MODEL,
    first: str | None = None,
) -> None:
    """Do every job about photos that is waiting, as the worker does; `first` names one to ask for.

    That one gets the time of now.
    """
    services = JobServices(
        write_sessions=session_factory(engine),
        store=store,
        cleaning=CleaningLimits(MAX_PIXELS, face_model),
        original_lifetime=timedelta(days=30),
    )
    app = create_job_app(libpq_url, services)
    async with app.open_async():
        if first is not None:
            deferrer = app.configure_task(f"esik:{first}", queue="photos")
            await deferrer.defer_async(timestamp=int(time.time()))
        await app.run_worker_async(
            queues=["photos"], wait=False, install_signal_handlers=False, listen_notify=False
        )


def skip_without_model() -> None:
    """Skip where the face detector's model could not be fetched; nothing is public there."""
    if not FACE_MODEL.is_file():
        skip_for_machine("no model of the face detector: run make dev with a network")
