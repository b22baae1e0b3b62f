-- Street edges as mapped, with approved measurements laid over them (the newest one speaks) and
-- the words of the router. An edge whose two sides differ comes twice, once for each side. Links,
-- which the map does not have, follow under numbers of their own.
WITH overrides AS (
  SELECT id, target, element_id, geom, edge_ids, attributes, observed_at
  FROM edge_overrides
  WHERE state = 'active' AND geom && $area
), measured AS (
  SELECT edge_id,
         jsonb_object_agg(said.key, said.value ORDER BY o.observed_at NULLS FIRST, o.id) AS said
  FROM overrides o, unnest(o.edge_ids) AS edge_id, jsonb_each(o.attributes) AS said
  WHERE o.target = 'edge'
  GROUP BY edge_id
), names AS (
  SELECT * FROM json_to_recordset(CAST(:said_words AS json)) AS n (sort int, $street_word_types)
), words AS (
  SELECT s.edge_id, s.side, n.*
  FROM unnest(
    CAST(:said_edges AS bigint[]), CAST(:said_sides AS text[]), CAST(:said_sorts AS int[])
  ) AS s (edge_id, side, sort)
  JOIN names n ON n.sort = s.sort
), drawn AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(e.geom, :tolerance), 3857), $clip) AS geom,
         e.id, e.kind, e.highway, $measured_or_mapped,
         CASE WHEN m.said IS NULL THEN 'mapped' ELSE 'audited' END AS evidence,
         w.side, NULL AS element_id, $street_words
  FROM street_edges e
  LEFT JOIN measured m ON m.edge_id = e.id
  LEFT JOIN words w ON w.edge_id = e.id
  WHERE e.geom && $area
  UNION ALL
  SELECT ST_AsMVTGeom(ST_Transform(o.geom, 3857), $clip),
         $link_number, 'link', coalesce(o.attributes ->> 'highway', 'footway'), $measured,
         'audited', NULL, o.element_id::text, $link_words
  FROM overrides o
  LEFT JOIN unnest(CAST(:said_links AS text[]), CAST(:said_link_sorts AS int[])) AS l (id, sort)
    ON l.id = o.id::text
  LEFT JOIN names n ON n.sort = l.sort
  WHERE o.target = 'link'
), ordered AS (
  SELECT * FROM drawn WHERE geom IS NOT NULL ORDER BY id, side NULLS FIRST, geom
)
SELECT coalesce((SELECT ST_AsMVT(ordered, 'streets', 4096, 'geom', 'id') FROM ordered), ''::bytea)
