-- Ground, buildings, streets and names. Streets come generalised for a range of zooms; within it
-- a line is simplified again for this zoom.
WITH land AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(geom, :tolerance), 3857), $clip) AS geom, kind
  FROM map_features
  WHERE geom && $area AND first_zoom <= :z AND ST_Dimension(geom) = 2
  ORDER BY ST_Area(geom) DESC, id
), lines AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(geom, :tolerance), 3857), $clip) AS geom, kind
  FROM map_features
  WHERE geom && $area AND first_zoom <= :z AND ST_Dimension(geom) = 1
  ORDER BY id
), labels AS (
  SELECT ST_AsMVTGeom(ST_Transform(geom, 3857), $clip) AS geom, kind, $names
  FROM map_features
  WHERE geom && $area AND first_zoom <= :z AND ST_Dimension(geom) = 0
  ORDER BY first_zoom, id
), buildings AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(footprint, :tolerance), 3857), $clip) AS geom,
         CASE WHEN :z >= $names_from_zoom THEN address ->> 'housenumber' END AS housenumber
  FROM places
  WHERE footprint && $area AND kind = 'building' AND state = 'active' AND :z >= 14
    AND ST_Area(footprint) > :least_area
  ORDER BY places.id
), roads AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(geom, :tolerance), 3857), $clip) AS geom,
         class, layer, nullif(bridge, false) AS bridge, nullif(tunnel, false) AS tunnel, $names
  FROM map_roads
  WHERE band = :band AND geom && $area AND class = ANY(CAST(:classes AS text[]))
  ORDER BY layer NULLS FIRST, class, id
)
SELECT
  coalesce((SELECT ST_AsMVT(land, 'land', 4096, 'geom') FROM land WHERE geom IS NOT NULL), '')
  || coalesce((SELECT ST_AsMVT(lines, 'lines', 4096, 'geom') FROM lines WHERE geom IS NOT NULL), '')
  || coalesce(
    (SELECT ST_AsMVT(buildings, 'buildings', 4096, 'geom') FROM buildings WHERE geom IS NOT NULL),
    '')
  || coalesce((SELECT ST_AsMVT(roads, 'roads', 4096, 'geom') FROM roads WHERE geom IS NOT NULL), '')
  || coalesce(
    (SELECT ST_AsMVT(labels, 'labels', 4096, 'geom') FROM labels WHERE geom IS NOT NULL), '')
