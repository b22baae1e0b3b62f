-- Ground, buildings and streets. Streets are merged by class and name within the tile: fewer
-- features, and lines long enough to carry a label.
WITH land AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(geom, :tolerance), 3857), $clip) AS geom, kind
  FROM map_features
  WHERE geom && $area AND ST_Dimension(geom) = 2 AND :z >= 8 AND ST_Area(geom) > :least_area
  ORDER BY ST_Area(geom) DESC, id
), lines AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(geom, :tolerance), 3857), $clip) AS geom, kind
  FROM map_features
  WHERE geom && $area AND ST_Dimension(geom) = 1 AND :z >= 10
  ORDER BY id
), buildings AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(footprint, :tolerance), 3857), $clip) AS geom,
         CASE WHEN :z >= $names_from_zoom THEN address ->> 'housenumber' END AS housenumber
  FROM places
  WHERE footprint && $area AND kind = 'building' AND state = 'active' AND :z >= 14
    AND ST_Area(footprint) > :least_area
  ORDER BY places.id
), edges AS (
  SELECT id, geom,
         CASE
           WHEN kind IN ('steps', 'escalator') THEN 'steps'
           WHEN kind IN ('crossing', 'lift') THEN kind
           WHEN kind NOT IN ('road', 'pedestrian') THEN 'path'
           WHEN highway IN ('motorway', 'motorway_link', 'trunk', 'trunk_link') THEN 'motorway'
           WHEN highway IN ('primary', 'primary_link') THEN 'primary'
           WHEN highway IN ('secondary', 'secondary_link') THEN 'secondary'
           WHEN highway IN ('tertiary', 'tertiary_link') THEN 'tertiary'
           WHEN highway IN ('unclassified', 'residential', 'living_street', 'road') THEN 'minor'
           WHEN kind = 'pedestrian' THEN 'pedestrian'
           ELSE 'service'
         END AS class,
         CASE WHEN :z >= 14 THEN nullif(layer, 0) END AS layer,
         CASE WHEN :z >= 14 THEN nullif(bridge, false) END AS bridge,
         CASE WHEN :z >= 14 THEN nullif(tunnel, false) END AS tunnel,
         CASE WHEN :z >= 13 AND kind IN ('road', 'pedestrian') AND highway <> 'service'
              THEN nullif(name, '{}'::jsonb) END AS name
  FROM street_edges
  WHERE geom && $area AND (:z >= 12 OR highway = ANY(CAST(:highways AS text[])))
), merged AS (
  SELECT class, layer, bridge, tunnel, name, min(id) AS first_id,
         ST_LineMerge(ST_Collect(geom ORDER BY id)) AS line
  FROM edges
  WHERE class = ANY(CAST(:classes AS text[]))
  GROUP BY class, layer, bridge, tunnel, name
), roads AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(line, :tolerance), 3857), $clip) AS geom,
         class, layer, bridge, tunnel, name ->> '' AS name,
         name ->> 'kk' AS name_kk, name ->> 'ru' AS name_ru, name ->> 'en' AS name_en
  FROM merged
  ORDER BY layer NULLS FIRST, class, first_id
)
SELECT
  coalesce((SELECT ST_AsMVT(land, 'land', 4096, 'geom') FROM land WHERE geom IS NOT NULL), '')
  || coalesce((SELECT ST_AsMVT(lines, 'lines', 4096, 'geom') FROM lines WHERE geom IS NOT NULL), '')
  || coalesce(
    (SELECT ST_AsMVT(buildings, 'buildings', 4096, 'geom') FROM buildings WHERE geom IS NOT NULL),
    '')
  || coalesce((SELECT ST_AsMVT(roads, 'roads', 4096, 'geom') FROM roads WHERE geom IS NOT NULL), '')
