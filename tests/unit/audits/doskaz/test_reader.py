"""Files are read row by row: what is wrong is said with row and pointer, the rest goes on."""

import json
from pathlib import Path

import pytest

from audits.doskaz.mapping import Form, Reply
from audits.doskaz.objects import (
    DoskazObject,
    RowCode,
    RowProblem,
    find_category,
    fold,
    load_categories,
)
from audits.doskaz.reader import UnreadableFileError, iter_objects
from tests.support.machine import ROOT

JSON = ROOT / "tests" / "support" / "doskaz.json"
CSV = ROOT / "tests" / "support" / "doskaz.csv"


def _read(path: Path) -> tuple[list[DoskazObject], list[RowProblem]]:
    found, problems = [], []
    for _row, item, wrong in iter_objects(path):
        problems += wrong
        if item is not None:
            found.append(item)
    return found, problems


def _codes(problems: list[RowProblem]) -> list[tuple[int, RowCode, str]]:
    return [(problem.row, problem.code, problem.pointer) for problem in problems]


def test_json_in_the_shape_of_the_form_is_read() -> None:
    """Names, category by number, point in their order, entrances, comments and scores."""
    found, problems = _read(JSON)
    first = found[0]
    assert (first.key, first.form, first.name) == ("4711", Form.MIDDLE, "Поликлиника № 5")
    assert (first.lon, first.lat, first.category) == (76.9306, 43.2403, "Поликлиника")
    assert first.zones["entrance1"].replies["60"] is Reply.YES
    assert first.zones["entrance1"].comment == "Пандус справа"
    assert first.zones["entrance1"].overridden_score == {"movement": "full_accessible"}
    assert first.photos == ("storage/2020/a1.jpg", "storage/2020/a2.jpg")
    assert _codes(problems) == [
        (2, RowCode.UNKNOWN_ANSWER, "/movement/attributes/1"),
        (2, RowCode.UNKNOWN_KEY, "/movement/attributes/99"),
        (3, RowCode.NAME_MISSING, "/first/name"),
        (4, RowCode.POINT_SWAPPED, "/first/point"),
        (5, RowCode.NOT_AN_OBJECT, ""),
        (7, RowCode.FORM_UNKNOWN, "/form"),
    ]
    assert "row 4 /first/point: point swapped" in problems[3].line()
    assert len(found) == 4
    assert found[-1].key.startswith("form-")


def test_csv_is_read_with_a_column_a_question() -> None:
    """A wide row becomes the same object; bad cells and bad rows are named."""
    found, problems = _read(CSV)
    assert [item.key for item in found] == ["9001", "9004"]
    assert found[0].other_names == ("Шипа", "Аптека на углу")
    assert found[0].zones["toilet"].replies == {"1000": Reply.NOT_PROVIDED}
    assert found[0].zones["entrance1"].comment == "Порог высокий"
    assert _codes(problems) == [
        (2, RowCode.NAME_MISSING, "/first/name"),
        (3, RowCode.POINT_OUTSIDE, "/first/point"),
        (4, RowCode.UNKNOWN_ANSWER, "/entrance1/attributes/1"),
        (4, RowCode.BAD_DATE, "/createdAt"),
        (5, RowCode.NO_ANSWERS, ""),
    ]


@pytest.mark.parametrize("shape", ["array", "lines"])
def test_other_shapes_of_json_say_the_same(tmp_path: Path, shape: str) -> None:
    """A bare array and one object a line are read like the envelope."""
    objects = json.loads(JSON.read_text(encoding="utf-8"))["objects"][:2]
    path = tmp_path / "objects.json"
    text = (
        json.dumps(objects)
        if shape == "array"
        else "\n".join(json.dumps(item, ensure_ascii=False) for item in objects)
    )
    path.write_text(text, encoding="utf-8")
    found, _problems = _read(path)
    assert [item.key for item in found] == ["4711", "4712"]


def test_a_broken_line_does_not_stop_the_next(tmp_path: Path) -> None:
    """One object a line: the broken one is listed, the others are taken."""
    item = json.dumps(json.loads(JSON.read_text(encoding="utf-8"))["objects"][1])
    path = tmp_path / "objects.json"
    path.write_text(f'{item}\n{{"id": 1,\n{item}\n', encoding="utf-8")
    found, problems = _read(path)
    assert len(found) == 2
    assert (2, RowCode.BROKEN_FILE, "") in _codes(problems)


def test_a_file_that_breaks_off_says_so(tmp_path: Path) -> None:
    """What came before the break is taken, and the break is a problem of its own."""
    text = JSON.read_text(encoding="utf-8")
    path = tmp_path / "objects.json"
    path.write_text(text[: text.index('"id": 4713')], encoding="utf-8")
    found, problems = _read(path)
    assert [item.key for item in found] == ["4711", "4712"]
    assert problems[-1].code is RowCode.BROKEN_FILE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"hello"),
        ("a.csv", b"one,two\n1,2\n"),
        ("a.json", b"\xff\xfe\x00"),
        ("b.csv", b""),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """What is no export of objects is refused as a whole, in words."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        list(iter_objects(path))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A long array is read object by object."""
    item = json.loads(JSON.read_text(encoding="utf-8"))["objects"][1]
    path = tmp_path / "objects.json"
    path.write_text(json.dumps([{**item, "id": number} for number in range(2_000)]))
    rows = iter_objects(path)
    first = next(rows)
    assert first[1] is not None
    assert sum(1 for _row in rows) == 1_999


def test_every_category_is_folded_into_ours() -> None:
    """The 114 leaf categories of the form, whatever their spelling of quotes and case."""
    assert len(load_categories()) == 114
    clinic = find_category("ПОЛИКЛИНИКА")
    assert clinic is not None
    assert (clinic.category, clinic.sector) == ("clinic", "health")
    assert fold("Магазин «Арай» №3") == fold("магазин арай 3")
