-- Obstacles that are there, or that nobody has confirmed to be gone.
WITH drawn AS (
  SELECT ST_AsMVTGeom(ST_Transform(geom, 3857), $clip) AS geom,
         id::text AS id, kind, state,
         to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires_at
  FROM barriers
  WHERE state IN ('reported', 'confirmed', 'expired') AND barriers.geom && $area
  ORDER BY barriers.id
)
SELECT coalesce(
  (SELECT ST_AsMVT(drawn, 'barriers', 4096, 'geom') FROM drawn WHERE geom IS NOT NULL),
  ''::bytea)
