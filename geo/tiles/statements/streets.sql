-- Street edges as mapped, with approved measurements laid over them; the newest one speaks.
WITH overrides AS (
  SELECT id, target, geom, edge_ids, attributes, observed_at
  FROM edge_overrides
  WHERE state = 'active' AND geom && $area
), measured AS (
  SELECT edge_id,
         jsonb_object_agg(said.key, said.value ORDER BY o.observed_at NULLS FIRST, o.id) AS said
  FROM overrides o, unnest(o.edge_ids) AS edge_id, jsonb_each(o.attributes) AS said
  WHERE o.target = 'edge'
  GROUP BY edge_id
), drawn AS (
  SELECT ST_AsMVTGeom(ST_Transform(ST_Simplify(e.geom, :tolerance), 3857), $clip) AS geom,
         e.id, e.kind, e.highway, $measured_or_mapped,
         CASE WHEN m.said IS NULL THEN 'mapped' ELSE 'audited' END AS evidence
  FROM street_edges e
  LEFT JOIN measured m ON m.edge_id = e.id
  WHERE e.geom && $area
  UNION ALL
  SELECT ST_AsMVTGeom(ST_Transform(o.geom, 3857), $clip),
         NULL, 'link', coalesce(o.attributes ->> 'highway', 'footway'), $measured,
         'audited'
  FROM overrides o
  WHERE o.target = 'link'
), ordered AS (
  SELECT * FROM drawn WHERE geom IS NOT NULL ORDER BY id NULLS LAST, geom
)
SELECT coalesce((SELECT ST_AsMVT(ordered, 'streets', 4096, 'geom', 'id') FROM ordered), ''::bytea)
