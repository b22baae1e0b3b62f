"""Tens or hundreds of thousands of places with invented names and addresses, made by SQL.

Names are put together from syllables, so that there are as many different words as in a real
city of that size; some thousands of streets; every fifth place is an organisation, some toilets
are known.
"""

from random import Random

import psycopg

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.invent(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT s[1 + n % 40] || s[1 + (n / 40) % 40] || s[1 + (n / 1600) % 40]
FROM (SELECT ARRAY['ба','жан','қа','ра','тө','ле','сұл','тан','ай','гүл','ер','бол','нұр','дар',
  'хан','те','мір','әл','фа','би','ша','кә','рім','мұ','са','ға','ли','ми','ха','ил','ку','зь',
  'ма','шен','ко','ва','лен','тин','ро','зы'] AS s) AS syllables
$$
"""
_PLACES = """
INSERT INTO places (id, kind, state, category, sector, point, features, osm_tags, name, address)
SELECT gen_random_uuid(), CASE WHEN n %% 5 = 0 THEN 'organisation' ELSE 'building' END, 'active',
       (ARRAY['pharmacy', 'school', 'cafe', 'bank', 'convenience', 'clinic', 'kindergarten',
              'hairdresser', 'apartments', 'house'])[1 + n %% 10], 'other',
       ST_Point(76.7 + random_of(n) * 0.4, 43.1 + random_of(n * 7 + 3) * 0.4, 4326),
       CASE n %% 29
         WHEN 0 THEN '{"wc_wheelchair": {"value": "yes", "confidence": "high", "until": null,
                       "seen_at": "2026-11-01T10:00:00+00:00"}}'
         WHEN 1 THEN '{"wc_wheelchair": {"value": "no", "confidence": "low", "until": null,
                       "seen_at": "2026-11-01T10:00:00+00:00"}}'
         ELSE '{}' END::jsonb,
       CASE n %% 37 WHEN 0 THEN '{"toilets:wheelchair": "yes"}' ELSE '{}' END::jsonb,
       CASE WHEN n %% 5 = 0 OR n %% 11 = 0
            THEN jsonb_build_object('ru', (ARRAY['Аптека', 'Школа', 'Кафе', 'Банк', 'Магазин',
                   'Клиника', 'Детский сад', 'Салон'])[1 + n %% 8] || ' «'
                   || pg_temp.invent(n * 31 %% 64000) || '»',
                 'kk', '«' || pg_temp.invent(n * 31 %% 64000) || '» орталығы')
            ELSE '{}'::jsonb END,
       jsonb_build_object('street', 'улица ' || pg_temp.invent(n / 60 %% 6000 * 11),
                          'street:kk', pg_temp.invent(n / 60 %% 6000 * 11) || ' көшесі',
                          'housenumber', (1 + n %% 60)::text)
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
_RANDOM = "((hashint8({}) & 2147483647)::float8 / 2147483647)"
_STREETS = """
INSERT INTO streets (name, geom)
SELECT jsonb_build_object('', address->>'street', 'kk', address->>'street:kk'),
       ST_Multi(ST_MakeLine(array_agg(point ORDER BY ST_X(point))))
FROM (SELECT address, point, row_number() OVER (PARTITION BY address->>'street') AS place
      FROM places) AS numbered
WHERE place <= 5 GROUP BY 1
"""
_WORDS = """
INSERT INTO search_words (word)
SELECT DISTINCT ltrim(word, '@') FROM {} AS known, unnest(known.search_words) AS said (word)
WHERE word ~ '^@?[a-z].'
"""


def add_places(connection: psycopg.Connection, *, first: int, last: int) -> None:
    """Add places numbered `first` to `last`, make the streets again and count what there is."""
    connection.execute(_FUNCTIONS)
    statement = _PLACES.replace("random_of(n * 7 + 3)", _RANDOM.format("n * 7 + 3"))
    # Triggers off: their work is done once for all at the end.
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        statement.replace("random_of(n)", _RANDOM.format("n")), {"first": first, "last": last}
    )
    connection.execute("DELETE FROM streets")
    connection.execute(_STREETS)
    connection.execute("DELETE FROM search_words")
    for table in ("places", "streets"):
        connection.execute(_WORDS.format(table))
    connection.execute("RESET session_replication_role")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE places, streets, search_words")
    connection.autocommit = False


def invent_queries(connection: psycopg.Connection, count: int) -> dict[str, list[str]]:
    """Give texts that people might type about places that are there, by sort."""
    rows = connection.execute(
        "SELECT name->>'ru', address->>'street', address->>'housenumber' FROM places"
        " WHERE name ? 'ru' ORDER BY md5(id::text) LIMIT %s",
        [count],
    ).fetchall()
    dice = Random(3)
    names = [str(name) for name, _street, _house in rows]
    streets = [str(street) for _name, street, _house in rows]
    return {
        "names": names,
        "names with a slip": [_slip(name, dice) for name in names],
        "streets": streets,
        "streets with a slip": [_slip(street, dice) for street in streets],
        "addresses": [f"{street} {house}" for _name, street, house in rows],
        "categories": ["аптека", "дәріханалар", "schools", "кафе рядом", "детские сады"],
        "nothing": [f"{_slip(name, dice)} {dice.randrange(900, 999)}/7" for name in names],
    }


def _slip(text: str, dice: Random) -> str:
    """Leave one letter of the longest word out."""
    word = max(text.split(), key=len)
    at = dice.randrange(2, len(word) - 1)
    return text.replace(word, word[:at] + word[at + 1 :], 1)
