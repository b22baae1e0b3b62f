-- The longest visible piece of each named street, in pixels with the y axis upward.
WITH box AS ($box), kept AS (
  SELECT name, id, street_edges.geom
  FROM street_edges, box
  WHERE street_edges.geom && box.geom AND name <> '{}'::jsonb
    AND kind IN ('road', 'pedestrian') AND highway <> 'service'
    AND (:all_ways OR highway = ANY(CAST(:highways AS text[])))
  ORDER BY id
  LIMIT 6000
), merged AS (
  SELECT name, ST_LineMerge(ST_Collect(kept.geom ORDER BY id)) AS line
  FROM kept
  GROUP BY name
), pieces AS (
  SELECT name, (ST_Dump(ST_SnapToGrid($line, 0.1))).geom AS piece
  FROM merged, box
), longest AS (
  SELECT DISTINCT ON (name) name, piece, ST_Length(piece) AS length
  FROM pieces
  WHERE GeometryType(piece) = 'LINESTRING'
  ORDER BY name, ST_Length(piece) DESC, piece
)
SELECT name, ST_AsBinary(ST_Simplify(piece, 1.5)) AS wkb
FROM longest
WHERE length > 40 AND ST_Simplify(piece, 1.5) IS NOT NULL
ORDER BY length DESC, name
LIMIT :most
