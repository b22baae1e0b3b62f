"""Thousands of mutated and hostile files: each is answered, none escapes, nothing leaks."""

import random
import resource
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from audits.photos.isolation import CELL_MEMORY_BYTES, CellReport, CleaningLimits, clean_in_cell
from audits.photos.reasons import RejectReason, UnusablePhotoError
from tests.support.hostile import CANARY, make_seeds, mutate, open_all
from tests.support.photos import FACE_MODEL, MAX_PIXELS
from tests.support.proofs import CountProof, ProofSize

_COUNTS = {"short": 45, "long": 5_000}
_MEMORY_KB = 1_000_000
"""So much a cell may really hold at a time; its address space is limited to more."""


def _clean(number: int, content: bytes) -> CellReport | RejectReason:
    # Every twentieth photo is also looked at for faces, which costs most of the time.
    model = FACE_MODEL if number % 20 == 0 else None
    try:
        return clean_in_cell(content, limits=CleaningLimits(MAX_PIXELS, model))
    except UnusablePhotoError as error:
        return error.reason


def test_hostile_files_are_answered_and_leak_nothing(
    proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Bombs, cut, glued, lying and animated files end in clean pictures or in a reason."""
    files = list(mutate(make_seeds(), _COUNTS[proof_size], seed=20261122))
    own_before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(_clean, range(len(files)), [content for _name, content in files]))
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - own_before_kb
    refused = Counter(answer for answer in answers if isinstance(answer, RejectReason))
    reports = {
        name: answer
        for (name, _content), answer in zip(files, answers, strict=True)
        if isinstance(answer, CellReport)
    }
    with_canary = sum(CANARY in content for _name, content in files)
    for name, report in reports.items():
        for picture in report.clean.derivatives.values():
            assert CANARY not in picture.content, name
            image = open_all(picture.content)
            assert (image.format, image.size) == ("WEBP", (picture.width, picture.height)), name
            assert not image.getexif(), name
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info), name
    peak_kb = max(report.peak_memory_kb for report in reports.values())
    count_proof("hostile files answered", len(answers))
    count_proof("with a canary inside", with_canary)
    count_proof("cleaned, without the canary", len(reports))
    for reason, number in refused.items():
        count_proof(f"refused: {reason.value}", number)
    count_proof("most memory of a cell, MB", peak_kb // 1024)
    count_proof("growth of the caller, MB", grown_kb // 1024)
    assert len(answers) == len(files)
    assert with_canary > len(files) // 2
    assert len(reports) > len(files) // 10
    assert {RejectReason.DAMAGED, RejectReason.TOO_MANY_PIXELS} <= set(refused)
    assert peak_kb < _MEMORY_KB < CELL_MEMORY_BYTES // 1024
    assert grown_kb < 200_000


def test_the_seeds_end_as_they_should() -> None:
    """Each kind of file has one right answer, whatever it calls itself."""
    seeds = make_seeds()
    expected = {
        "png animated": RejectReason.ANIMATED,
        "webp animated": RejectReason.ANIMATED,
        "png bomb": RejectReason.TOO_MANY_PIXELS,
        "png huge": RejectReason.TOO_MANY_PIXELS,
        "png wide": RejectReason.DAMAGED,
        "png text bomb": RejectReason.DAMAGED,
        "gif": RejectReason.UNSUPPORTED,
        "tiff": RejectReason.UNSUPPORTED,
        "heic": RejectReason.HEIC,
        "html": RejectReason.NOT_AN_IMAGE,
        "nothing": RejectReason.NOT_AN_IMAGE,
    }
    order = list(seeds)
    random.Random(1).shuffle(order)
    with ThreadPoolExecutor(2) as pool:
        answers = dict(
            zip(order, pool.map(lambda name: _clean(1, seeds[name]), order), strict=True)
        )
    for name, answer in answers.items():
        if name in expected:
            assert answer is expected[name], name
        else:
            assert isinstance(answer, CellReport), (name, answer)
