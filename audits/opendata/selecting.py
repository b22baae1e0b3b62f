"""The SELECT of a collection: whole for files, page by page for the API (pure)."""

from collections.abc import Sequence

from audits.opendata.collections import Collection


def select_all(collection: Collection, shapes: Sequence[str] = ()) -> str:
    """Write the statement of every row in the order of its key, with forms of the geometry.

    `shapes` are expressions with `{}` for the geometry, such as `ST_AsBinary({})`.
    """
    return (
        f"SELECT {_columns(collection, shapes)} FROM {collection.base} {collection.more}"  # noqa: S608 - our own text
        f" WHERE {collection.where} ORDER BY {collection.key}"
    )


def select_page(collection: Collection, conditions: Sequence[str], *, joined: bool = False) -> str:
    """Write the statement of one page; it takes `limit` and what the conditions name.

    Keys are chosen first, so that the dearer columns are computed for one page of rows only.
    With `joined` the conditions may name what only `more` of the collection brings.
    """
    key = collection.key
    if collection.is_alone:
        alias = key.partition(".")[0]
        return (
            f"SELECT {_columns(collection, ['ST_AsGeoJSON({}, 7)'])}"  # noqa: S608 - our own text
            f" FROM (SELECT {alias}.* FROM {_tables(collection, joined)}"
            f" WHERE {_where(collection, conditions)} ORDER BY {key} LIMIT :limit) AS {alias}"
            f" {collection.more} ORDER BY {key}"
        )
    return (
        f"SELECT {_columns(collection, ['ST_AsGeoJSON({}, 7)'])}"  # noqa: S608 - our own text
        f" FROM {collection.base} JOIN (SELECT {key} AS chosen FROM {_tables(collection, joined)}"
        f" WHERE {_where(collection, conditions)} ORDER BY {key} LIMIT :limit) AS page"
        f" ON page.chosen = {key} {collection.more} ORDER BY {key}"
    )


def select_count(collection: Collection, conditions: Sequence[str], *, joined: bool = False) -> str:
    """Write the statement that counts up to `limit` rows; see `select_page`."""
    return (
        f"SELECT count(*) FROM (SELECT FROM {_tables(collection, joined)}"  # noqa: S608 - our own text
        f" WHERE {_where(collection, conditions)} LIMIT :limit) AS counted"
    )


def select_extent(collection: Collection) -> str:
    """Write the statement of west, south, east, north and the first moment."""
    starts = collection.starts or "CAST(NULL AS timestamptz)"
    return (
        "SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), first FROM ("  # noqa: S608 - our own text
        f"SELECT ST_Extent({collection.geometry}) AS box, min({starts}) AS first"
        f" FROM {collection.base} WHERE {collection.where}) AS extent"
    )


def _columns(collection: Collection, shapes: Sequence[str]) -> str:
    named = [f'{column.selected} AS "{column.name}"' for column in collection.columns]
    if collection.geometry is not None:
        named += [shape.format(collection.shown or collection.geometry) for shape in shapes]
    return ", ".join(named)


def _tables(collection: Collection, joined: bool) -> str:  # noqa: FBT001 - of this file
    return f"{collection.base} {collection.more}" if joined else collection.base


def _where(collection: Collection, conditions: Sequence[str]) -> str:
    return " AND ".join([collection.where, *conditions])
