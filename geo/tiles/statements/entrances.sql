-- Doors whose position somebody gave.
WITH drawn AS (
  SELECT ST_AsMVTGeom(ST_Transform(geom, 3857), $clip) AS geom,
         id::text AS id, place_id::text AS place_id,
         osm_tags ->> 'entrance' AS role, position_source
  FROM elements
  WHERE kind = 'entrance' AND state = 'active' AND elements.geom && $area
  ORDER BY elements.id
)
SELECT coalesce(
  (SELECT ST_AsMVT(drawn, 'entrances', 4096, 'geom') FROM drawn WHERE geom IS NOT NULL),
  ''::bytea)
