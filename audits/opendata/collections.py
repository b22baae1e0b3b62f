"""The published collections: which rows, which columns, in which order (pure).

Each is one SELECT over its own tables, used alike by the OGC API and by the files, so that both
say the same. Only active places and parts of active places, and only confirmed barriers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from audits.catalogue import FieldType, latest
from audits.observations import Confidence, Method, State
from audits.opendata.columns import WORDS, Column, Kind
from audits.opendata.walking import SAID_COLUMNS
from geo.mobility.profiles import PROFILES
from geo.network.links import link_number_sql
from geo.network.models import BarrierKind, BarrierState, EdgeKind
from geo.places.kinds import ElementKind, Ownership, PlaceKind, Sector

_WORDS_SQL = "(ARRAY['" + "','".join(WORDS) + "'])"
_CONFIDENCES = tuple(each.value for each in (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH))
_CONFIDENCES_SQL = "ARRAY['" + "','".join(_CONFIDENCES) + "']"
_METHODS = tuple(method.value for method in Method)


@dataclass(frozen=True, slots=True)
class Collection:
    """One published collection."""

    name: str
    columns: tuple[Column, ...]
    base: str
    """Tables that rows, filters and their order need."""
    where: str
    key: str
    """Expression of the row's id, by which rows are ordered."""
    is_alone: bool = False
    """Whether the base is one table, so that a page can be cut out of it before it is joined."""
    has_number_key: bool = False
    """Whether ids are numbers; UUIDs otherwise."""
    said: tuple[Column, ...] = ()
    """Columns whose values are put beside the rows of the database (`audits.opendata.walking`)."""
    more: str = ""
    """Joins that columns need, and filters by `joined` columns; at most one row each."""
    geometry: str | None = None
    """Expression of the geometry; empty for a plain table."""
    shown: str | None = None
    """Expression of the geometry as it is published, where that is not the same."""
    shape: str = "Point"
    """`Point`, `LineString`, or `Geometry` for both."""
    starts: str | None = None
    """Expression of the moment from which a row is true; empty for what has no time."""
    ends: str | None = None
    """Expression of the moment until which it is true; empty for a single moment."""

    @property
    def published(self) -> tuple[Column, ...]:
        """Every column that readers see."""
        return (*self.columns, *self.said)

    def find_column(self, name: str) -> Column | None:
        """Find a column by its name."""
        return next((column for column in self.published if column.name == name), None)

    @property
    def filters(self) -> tuple[Column, ...]:
        """Columns by which features can be asked for."""
        return tuple(column for column in self.columns if column.filterable)


def _text(name: str, sql: str, *choices: str, filterable: bool = False) -> Column:
    return Column(name, sql, choices=choices, filterable=filterable)


def _id(name: str, sql: str, *, always: bool = False, filterable: bool = False) -> Column:
    return Column(name, sql, Kind.ID, always=always, filterable=filterable)


def _moment(name: str, sql: str, meaning: str = "") -> Column:
    return Column(name, sql, Kind.TIME, meaning=meaning)


def _number(
    name: str, sql: str, unit: str = "", meaning: str = "", *, always: bool = False
) -> Column:
    return Column(name, sql, Kind.INTEGER, unit=unit, meaning=meaning, always=always)


def _name_of(row: str) -> str:
    parts = ", ".join(f"nullif({row}.name ->> '{key}', '')" for key in ("", "ru", "kk", "en"))
    return f"coalesce({parts})"


def _names(row: str) -> tuple[Column, ...]:
    return (
        Column("name", _name_of(row)),
        *(Column(f"name_{code}", f"{row}.name ->> '{code}'") for code in ("kk", "ru", "en")),
    )


def _word_columns() -> Iterator[Column]:
    for scope in ("entry", "service"):
        for number, profile in enumerate(PROFILES, 1):
            word = f"{_WORDS_SQL}[p.{scope}_words[{number}] + 1]"
            yield Column(
                f"{scope}_{profile}", word, choices=WORDS, filterable=True, always=True,
                meaning=scope, about=profile,
            )  # fmt: skip
    for number, profile in enumerate(PROFILES, 1):
        yield Column(
            f"confidence_{profile}", f"({_CONFIDENCES_SQL})[v.sure_{number}]",
            choices=_CONFIDENCES, meaning="confidence_of", about=profile,
        )  # fmt: skip


_SURE = ", ".join(
    f"min(array_position({_CONFIDENCES_SQL}, confidence))"
    f" FILTER (WHERE profile = '{profile}' AND word <> 'unknown') AS sure_{number}"
    for number, profile in enumerate(PROFILES, 1)
)
_EVIDENCE = """
SELECT count(*) AS fact_count,
       string_agg(DISTINCT f.method, ',' ORDER BY f.method) AS methods,
       min(f.observed_at) AS observed_first, max(f.observed_at) AS observed_last
"""
_KNOWN = "f.state NOT IN ('unknown', 'not_applicable')"


def _street() -> str:
    keys = ("street", "street:ru", "street:kk", "street:en")
    return "coalesce(" + ", ".join(f"p.address ->> '{key}'" for key in keys) + ")"


PLACES = Collection(
    name="places",
    base="places p LEFT JOIN districts d ON d.id = p.district_id",
    more=f"""
LEFT JOIN LATERAL (
  SELECT max(computed_at) AS judged_at, min(valid_until) AS valid_until, {_SURE}
  FROM verdicts WHERE place_id = p.id
) v ON true
LEFT JOIN LATERAL ({_EVIDENCE}
  FROM facts f LEFT JOIN elements e ON e.id = f.element_id
  WHERE f.place_id = p.id AND {_KNOWN} AND (f.element_id IS NULL OR e.state = 'active')
) k ON true""",  # noqa: S608 - our own text
    where="p.state = 'active'",
    key="p.id",
    geometry="p.point",
    starts="p.updated_at",
    columns=(
        _id("id", "p.id", always=True),
        Column("kind", "p.kind", choices=tuple(PlaceKind), filterable=True, always=True),
        Column("category", "p.category", filterable=True, always=True),
        Column("sector", "p.sector", choices=tuple(Sector), filterable=True, always=True),
        _text("ownership", "p.ownership", *Ownership, filterable=True),
        *_names("p"),
        _text("street", _street(), filterable=True),
        _text("housenumber", "p.address ->> 'housenumber'"),
        _text("city", "p.address ->> 'city'"),
        _text("postcode", "p.address ->> 'postcode'"),
        _text("opening_hours", "p.opening_hours"),
        _text("website", "p.website"),
        _text("level", "p.level"),
        _id("parent_id", "p.parent_id", filterable=True),
        _text("district", _name_of("d"), filterable=True),
        Column("permit_date", "p.permit_date", Kind.DATE),
        *_word_columns(),
        _number("coverage_percent", "p.coverage_percent", "%", always=True),
        Column("badges", "nullif(array_to_string(p.badges, ','), '')", Kind.LIST),
        _moment("judged_at", "v.judged_at"),
        _moment("valid_until", "v.valid_until"),
        Column("fact_count", "CAST(k.fact_count AS integer)", Kind.INTEGER, always=True),
        Column("methods", "k.methods", Kind.LIST),
        _moment("observed_first", "k.observed_first"),
        _moment("observed_last", "k.observed_last"),
        Column(
            "source",
            "CASE WHEN p.osm_id IS NOT NULL THEN 'openstreetmap'"
            " WHEN p.external_ids <> '{}' THEN 'register' ELSE 'esik' END",
            choices=("openstreetmap", "register", "esik"),
            filterable=True,
            always=True,
        ),
        _text("osm", "p.osm_type || '/' || p.osm_id", filterable=True),
        _moment("updated_at", "p.updated_at"),
    ),
)


def _exact(field: str) -> str:
    """Give a number that is exact, in force, and the same wherever it was measured at the door."""
    kept = (
        f"m.field = '{field}' AND m.operator = '=' AND m.in_force"
        " AND jsonb_typeof(m.value) = 'number'"
    )
    value = f"min(CAST(m.value AS numeric)) FILTER (WHERE {kept})"
    once = f"count(DISTINCT m.value) FILTER (WHERE {kept}) = 1"
    return f"CASE WHEN {once} THEN CAST({value} AS integer) END"


_IN_FORCE = (
    "(f.expires_at IS NULL OR f.expires_at > now())"
    " AND NOT coalesce(CAST(f.agreement ->> 'disputed' AS boolean), false)"
)
_DOOR = {
    "door_clear_width_mm": ("door.clear_width", "mm"),
    "door_threshold_mm": ("door.threshold", "mm"),
    "level_change_mm": ("entrance.level_change", "mm"),
    "step_count": ("stairs.count", ""),
    "ramp_slope_permille": ("ramp.slope", "‰"),
}
_DOOR_SQL = ", ".join(f"{_exact(field)} AS {name}" for name, (field, _unit) in _DOOR.items())
_RAMP = """
CASE WHEN count(*) FILTER (WHERE m.field = 'ramp.kind' AND m.in_force) = 1
     THEN min(CASE WHEN m.state = 'absent' THEN 'none' ELSE m.value #>> '{}' END)
          FILTER (WHERE m.field = 'ramp.kind' AND m.in_force) END AS ramp_kind
"""

ENTRANCES = Collection(
    name="entrances",
    base="elements e JOIN places p ON p.id = e.place_id AND p.state = 'active'",
    more=f"""
LEFT JOIN LATERAL ({_EVIDENCE}, {_DOOR_SQL}, {_RAMP}
  FROM (
    SELECT f.*, {_IN_FORCE} AS in_force
    FROM elements part JOIN facts f ON f.element_id = part.id
    WHERE (part.id = e.id OR part.parent_id = e.id) AND part.state = 'active' AND {_KNOWN}
  ) m CROSS JOIN LATERAL (SELECT m.method, m.observed_at) f
) k ON true
LEFT JOIN LATERAL (
  SELECT string_agg(DISTINCT profile, ',' ORDER BY profile) AS profiles
  FROM verdicts WHERE place_id = e.place_id AND entrance_id = e.id AND scope = 'entry'
) w ON true""",  # noqa: S608 - our own text
    where="e.kind = 'entrance' AND e.state = 'active' AND e.geom IS NOT NULL",
    key="e.id",
    geometry="e.geom",
    # A phone may send a line for a part; an entrance is a point on it.
    shown="ST_PointOnSurface(e.geom)",
    starts="e.updated_at",
    columns=(
        _id("id", "e.id", always=True),
        _id("place_id", "e.place_id", always=True, filterable=True),
        *_names("e"),
        _text("role", "e.osm_tags ->> 'entrance'", filterable=True),
        _text("level", "e.level"),
        Column(
            "position_source", "e.position_source", choices=("audit", "osm", "import"),
            filterable=True, always=True,
        ),
        Column("winner_for", "w.profiles", Kind.LIST),
        *(
            _number(
                name, f"k.{name}", unit, "step_count_entrance" if name == "step_count" else ""
            )
            for name, (_field, unit) in _DOOR.items()
        ),
        _text("ramp_kind", "k.ramp_kind"),
        Column("fact_count", "CAST(k.fact_count AS integer)", Kind.INTEGER, always=True),
        Column("methods", "k.methods", Kind.LIST),
        _moment("observed_last", "k.observed_last"),
        _text("osm", "'node/' || e.osm_node_id", filterable=True),
        _moment("updated_at", "e.updated_at"),
    ),
)  # fmt: skip

BARRIERS = Collection(
    name="barriers",
    base="barriers b",
    where="b.state = 'confirmed'",
    key="b.id",
    geometry="b.geom",
    shape="Geometry",
    starts="b.created_at",
    ends="coalesce(b.expires_at, 'infinity')",
    columns=(
        _id("id", "b.id", always=True),
        Column(
            "kind", "b.kind", choices=tuple(BarrierKind), filterable=True, always=True,
            meaning="barrier_kind",
        ),
        Column(
            "state", "b.state", choices=(BarrierState.CONFIRMED,), always=True,
            meaning="barrier_state",
        ),
        _text("note", "b.note"),
        _id("element_id", "b.element_id", filterable=True),
        _text("osm", "'way/' || b.osm_way_id", filterable=True),
        _moment("since", "b.created_at"),
        _moment("last_seen_at", "b.last_seen_at"),
        _moment("expires_at", "b.expires_at"),
    ),
)  # fmt: skip


_MAPPED = (
    "surface", "smoothness", "width_mm", "incline_permille", "cross_slope_permille",
    "kerb_height_mm", "step_count", "handrail", "ramp", "crossing", "signal_sound",
    "tactile_paving", "lit", "access", "wheelchair", "osm_way_id",
)  # fmt: skip
# Links have no rows among the edges; all that is known of one is what was measured.
_STREETS = f"""(
  SELECT id, geom, CAST(kind AS text) AS kind, highway, name, length_mm,
         CAST(NULL AS uuid) AS element_id, CAST(NULL AS jsonb) AS said,
         CAST(NULL AS timestamptz) AS observed_at, {", ".join(_MAPPED)}
  FROM street_edges
  UNION ALL
  SELECT {link_number_sql("id")}, geom, 'link', coalesce(attributes ->> 'highway', 'footway'),
         '{{}}', NULL, element_id, attributes, observed_at, {", ".join("NULL" for _ in _MAPPED)}
  FROM edge_overrides WHERE state = 'active' AND target = 'link'
) s"""  # noqa: S608 - names of our own columns


_LENGTH = "CAST(round(ST_Length(CAST(s.geom AS geography), false) * 1000) AS integer)"


def _measured(column: str, kind: str) -> str:
    return f"coalesce(CAST(coalesce(s.said, m.said) ->> '{column}' AS {kind}), s.{column})"


def _street_text(name: str, *, filterable: bool = False) -> Column:
    return Column(name, _measured(name, "text"), filterable=filterable, joined=True)


def _street_number(name: str, unit: str = "") -> Column:
    sql = _measured(name, "integer")
    return _number(name, f"abs({sql})" if name == "incline_permille" else sql, unit)


def _street_flag(name: str) -> Column:
    return Column(name, _measured(name, "boolean"), Kind.BOOLEAN)


STREETS = Collection(
    name="streets",
    base=_STREETS,
    is_alone=True,
    more="""
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(each.key, each.value ORDER BY o.observed_at NULLS FIRST, o.id) AS said,
         string_agg(DISTINCT each.key, ',' ORDER BY each.key) AS names,
         max(o.observed_at) AS observed_at
  FROM edge_overrides o, jsonb_each(o.attributes) AS each
  WHERE o.state = 'active' AND o.target = 'edge' AND o.edge_ids @> ARRAY[s.id]
) m ON true""",
    where="true",
    key="s.id",
    has_number_key=True,
    geometry="s.geom",
    shape="LineString",
    said=SAID_COLUMNS,
    columns=(
        _number("id", "s.id", always=True),
        Column(
            "kind", "s.kind", choices=(*EdgeKind, "link"), filterable=True, always=True,
            meaning="edge_kind",
        ),
        Column("highway", "s.highway", filterable=True, always=True),
        *_names("s"),
        _number("length_mm", f"coalesce(s.length_mm, {_LENGTH})", "mm", always=True),
        _street_text("surface", filterable=True),
        _street_text("smoothness", filterable=True),
        _street_number("width_mm", "mm"),
        _street_number("incline_permille", "‰"),
        _street_number("cross_slope_permille", "‰"),
        _street_number("kerb_height_mm", "mm"),
        _street_number("step_count"),
        _street_flag("handrail"),
        _street_text("ramp"),
        _street_text("crossing", filterable=True),
        _street_flag("signal_sound"),
        _street_text("tactile_paving"),
        _street_flag("lit"),
        _text("access", "s.access"),
        _text("osm_wheelchair", "s.wheelchair"),
        Column(
            "evidence",
            "CASE WHEN coalesce(s.said, m.said) IS NULL THEN 'mapped' ELSE 'audited' END",
            choices=("mapped", "audited"), filterable=True, always=True, joined=True,
        ),
        Column(
            "audited",
            "coalesce(m.names, (SELECT string_agg(key, ',' ORDER BY key)"
            " FROM jsonb_object_keys(s.said) AS key))",
            Kind.LIST,
        ),
        _moment("observed_at", "coalesce(s.observed_at, m.observed_at)"),
        Column(
            "source",
            "CASE WHEN s.said IS NOT NULL THEN 'esik'"
            " WHEN s.osm_way_id = 0 THEN 'opensidewalks' ELSE 'openstreetmap' END",
            choices=("openstreetmap", "opensidewalks", "esik"), filterable=True, always=True,
            meaning="street_source",
        ),
        Column("element_id", "s.element_id", Kind.ID, filterable=True, meaning="link_element"),
        Column("osm", "'way/' || nullif(s.osm_way_id, 0)", filterable=True),
    ),
)  # fmt: skip

_WORDY = (
    "ARRAY['"
    + "','".join(
        sorted(item.name for item in latest().fields.values() if item.type is FieldType.TEXT)
    )
    + "']"
)
_UNITS = (
    "CAST('"
    + json.dumps({i.name: i.type.unit for i in latest().fields.values() if i.type.unit})
    + "' AS jsonb)"
)

FACTS = Collection(
    name="facts",
    base="""facts f
LEFT JOIN elements e ON e.id = f.element_id
LEFT JOIN places p ON p.id = coalesce(f.place_id, e.place_id)""",
    # Answers in free words may name somebody; they stay where they are shown one by one.
    where="(f.element_id IS NULL OR e.state = 'active')"
    " AND (coalesce(f.place_id, e.place_id) IS NULL OR p.state = 'active')"
    f" AND f.field <> ALL ({_WORDY})",
    key="f.id",
    columns=(
        _id("id", "f.id", always=True),
        _id("place_id", "p.id"),
        _id("element_id", "f.element_id"),
        _text("element_kind", "e.kind", *ElementKind),
        Column("field", "f.field", always=True),
        Column(
            "state", "f.state", choices=tuple(State), always=True, meaning="fact_state"
        ),
        _text("operator", "f.operator", "=", "<", "<=", ">", ">=", "~"),
        _text("value", "f.value #>> '{}'"),
        _text("unit", f"({_UNITS} ->> f.field)"),
        _number("precision", 'f."precision"'),
        Column("method", "f.method", choices=_METHODS, always=True),
        _moment("observed_at", "f.observed_at"),
        _moment("expires_at", "f.expires_at", "fact_expires_at"),
        Column("confidence", "f.confidence", choices=_CONFIDENCES, always=True),
        Column(
            "disputed", "coalesce(CAST(f.agreement ->> 'disputed' AS boolean), false)",
            Kind.BOOLEAN, always=True,
        ),
    ),
)  # fmt: skip

FEATURES: dict[str, Collection] = {
    each.name: each for each in (PLACES, ENTRANCES, BARRIERS, STREETS)
}
"""Collections with geometry, in the order in which they are shown."""
TABLES: dict[str, Collection] = {**FEATURES, FACTS.name: FACTS}
"""Everything that goes into files."""
