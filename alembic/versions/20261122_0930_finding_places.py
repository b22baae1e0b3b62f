"""Find places by what people type, and by what is known about them.

Why: words are compared folded, in any alphabet, through one index; facts such as "accessible
toilet" are asked for in lists of tens of thousands of places, so they stand beside the words.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FOLD_WORDS = r"""
CREATE FUNCTION fold_words(given text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
SELECT coalesce(array_agg(found.parts[1]), '{}')
FROM (SELECT normalize(translate(given, '№«»„“”…–—•·§ŞşÇçĞğıİəƏŋøØłŁđĐ',
                                 '            шшччггiiaanoolldd'), NFKD)) AS early (text),
LATERAL (SELECT translate(regexp_replace(early.text, '[\u0300-\u036f]', '', 'g'),
  'ABCDEFGHIJKLMNOPQRSTUVWXYZАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЫЭЮЯӘҒҚҢӨҰҮҺІабвгдезиклмнопрстуфхыэәғқңөұүһіЬЪьъ''’ʼ`´',
  'abcdefghijklmnopqrstuvwxyzabvgdeжziiklmnoprstufhцчшщieюяagknouuhiabvgdeziklmnoprstufhieagknouuhi'
)) AS plain (text),
LATERAL (SELECT
  replace(replace(replace(replace(replace(replace(replace(plain.text,
    'ж', 'zh'), 'ч', 'ch'), 'щ', 'sh'), 'ш', 'sh'), 'ц', 'ts'), 'ю', 'iu'), 'я', 'ia')
) AS cyrillic (text),
LATERAL (SELECT
  replace(replace(replace(replace(replace(replace(replace(replace(replace(cyrillic.text,
    'shch', 'sh'), 'kh', 'h'), 'gh', 'g'), 'ph', 'f'), 'j', 'zh'), 'x', 'ks'), 'q', 'k'),
    'w', 'u'), 'y', 'i')
) AS latin (text),
LATERAL (SELECT
  regexp_replace(regexp_replace(regexp_replace(latin.text,
    'c(?!h)', 'k', 'g'), '([aeou])ie', '\1e', 'g'), '([a-z])\1+', '\1', 'g')
) AS folded (text),
LATERAL regexp_matches(folded.text, '[0-9]+(?:/[0-9]+)+[a-z]*|[a-z0-9]+', 'g') AS found (parts)
$body$
"""
# Words of a name stand as they are, words of an address after `@`, the category after `~`.
_LIST_SEARCH_WORDS = """
CREATE FUNCTION list_search_words(name jsonb, address jsonb, category text, tags jsonb)
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
SELECT coalesce(array_agg(DISTINCT said.mark || said.word), '{}')
       || CASE WHEN category <> '' THEN ARRAY['~' || category] ELSE '{}' END
FROM (
  SELECT '' AS mark, unnest(public.fold_words(concat_ws(' ',
           (SELECT string_agg(value, ' ')
            FROM jsonb_each_text(CASE jsonb_typeof(name) WHEN 'object' THEN name END)),
           tags->>'brand', tags->>'operator', tags->>'alt_name', tags->>'old_name',
           tags->>'short_name', tags->>'official_name'))) AS word
  UNION ALL
  SELECT '@', unnest(public.fold_words(concat_ws(' ',
           (SELECT string_agg(value, ' ') FROM jsonb_each_text(address)
            WHERE split_part(key, ':', 1) IN ('street', 'housenumber', 'suburb', 'city')))))
) AS said
$body$
"""
_NOTE_SEARCH_WORDS = """
CREATE FUNCTION note_search_words() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO search_words (word)
  SELECT said.word
  FROM (SELECT DISTINCT ltrim(unnest(search_words), '@') AS word FROM fresh) AS said
  WHERE said.word ~ '^[a-z].'
    AND NOT EXISTS (SELECT FROM search_words AS known WHERE known.word = said.word);
  RETURN NULL;
END
$body$
"""
_NOTE_CHANGED_WORDS = """
CREATE FUNCTION note_changed_words() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO search_words (word)
  SELECT said.word
  FROM (SELECT DISTINCT ltrim(unnest(fresh.search_words), '@') AS word
        FROM fresh JOIN stale USING (id)
        WHERE fresh.search_words <> stale.search_words) AS said
  WHERE said.word ~ '^[a-z].'
    AND NOT EXISTS (SELECT FROM search_words AS known WHERE known.word = said.word);
  RETURN NULL;
END
$body$
"""
_TRIGGERS = (
    """
    CREATE TRIGGER places_note_search_words AFTER INSERT ON places
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION note_search_words()
    """,
    """
    CREATE TRIGGER places_note_changed_words AFTER UPDATE ON places
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_words()
    """,
    """
    CREATE TRIGGER streets_note_search_words AFTER INSERT ON streets
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION note_search_words()
    """,
)
_NOTE_ALL = """
INSERT INTO search_words (word)
SELECT DISTINCT ltrim(word, '@') FROM places, unnest(search_words) AS said (word)
WHERE word ~ '^@?[a-z].'
"""
_CONFIDENCES = """
UPDATE places SET {scope}_confidences = (
  SELECT array_agg(coalesce(array_position(ARRAY['low', 'medium', 'high'], v.confidence), 1) - 1
                   ORDER BY wanted.position)
  FROM unnest(ARRAY['manual_wheelchair', 'powered_wheelchair', 'limited_walking', 'pushchair',
                    'low_vision', 'deaf']) WITH ORDINALITY AS wanted (profile, position)
  LEFT JOIN verdicts v
    ON v.place_id = places.id AND v.scope = '{scope}' AND v.profile = wanted.profile)
WHERE EXISTS (SELECT FROM verdicts WHERE place_id = places.id)
"""
_STREETS = """
INSERT INTO streets (name, geom)
SELECT name, ST_Multi(ST_Collect(geom))
FROM (SELECT name, geom,
             ST_ClusterDBSCAN(geom, eps => 0.004, minpoints => 1) OVER (PARTITION BY name) AS part
      FROM street_edges WHERE name <> '{}') AS named
GROUP BY name, part
"""


def upgrade() -> None:
    """Fold every text, keep the words there are, and give facts and confidence a place."""
    op.execute(_FOLD_WORDS)
    op.execute(_LIST_SEARCH_WORDS)
    op.execute(_NOTE_SEARCH_WORDS)
    op.execute(_NOTE_CHANGED_WORDS)
    op.create_table("search_words", sa.Column("word", sa.Text(), nullable=False))
    op.create_table(
        "streets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column(
            "geom", Geometry("MULTILINESTRING", srid=4326, spatial_index=False), nullable=False
        ),
        sa.Column(
            "search_words",
            postgresql.ARRAY(sa.Text()),
            sa.Computed(
                "list_search_words(name, '{}'::jsonb, ''::text, '{}'::jsonb)", persisted=True
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_streets"),
    )
    none_known = sa.text("'{0,0,0,0,0,0}'::smallint[]")
    for scope in ("entry", "service"):
        column = sa.Column(
            f"{scope}_confidences", postgresql.ARRAY(sa.SmallInteger()),
            nullable=False, server_default=none_known,
        )  # fmt: skip
        op.add_column("places", column)
        op.execute(_CONFIDENCES.format(scope=scope))
    features = sa.Column(
        "features", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")
    )
    op.add_column("places", features)
    words = sa.Column(
        "search_words",
        postgresql.ARRAY(sa.Text()),
        sa.Computed("list_search_words(name, address, category, osm_tags)", persisted=True),
        nullable=False,
    )
    op.add_column("places", words)
    op.create_index("ix_places_search_words", "places", ["search_words"], postgresql_using="gin")
    for column_name in ("features", "osm_tags"):
        op.create_index(
            f"ix_places_{column_name}", "places", [column_name],
            postgresql_using="gin", postgresql_ops={column_name: "jsonb_path_ops"},
        )  # fmt: skip
    op.execute(_STREETS)
    op.execute(_NOTE_ALL)
    op.execute(_NOTE_ALL.replace("places", "streets"))
    op.create_index("ix_streets_geom", "streets", ["geom"], postgresql_using="gist")
    op.create_index("ix_streets_search_words", "streets", ["search_words"], postgresql_using="gin")
    op.create_index(
        "ix_search_words_word", "search_words", ["word"],
        postgresql_ops={"word": "text_pattern_ops"},
    )  # fmt: skip
    op.create_index(
        "ix_search_words_letters", "search_words", ["word"],
        postgresql_using="gist", postgresql_ops={"word": "gist_trgm_ops"},
    )  # fmt: skip
    for trigger in _TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """Know neither streets by name nor facts of places."""
    op.execute("DROP TRIGGER places_note_search_words ON places")
    op.execute("DROP TRIGGER places_note_changed_words ON places")
    for name in ("ix_places_search_words", "ix_places_features", "ix_places_osm_tags"):
        op.drop_index(name, table_name="places")
    for name in ("search_words", "features", "entry_confidences", "service_confidences"):
        op.drop_column("places", name)
    op.drop_table("streets")
    op.drop_table("search_words")
    op.execute("DROP FUNCTION note_search_words, note_changed_words")
    op.execute("DROP FUNCTION list_search_words")
    op.execute("DROP FUNCTION fold_words")
