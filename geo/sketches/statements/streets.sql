-- One path per class of street.
WITH box AS ($box), kept AS (
  SELECT id, street_edges.geom, $class AS sort
  FROM street_edges, box
  WHERE street_edges.geom && box.geom AND (:all_ways OR highway = ANY(CAST(:highways AS text[])))
  ORDER BY id
  LIMIT :most
), merged AS (
  SELECT sort, ST_LineMerge(ST_Collect(kept.geom ORDER BY id)) AS line
  FROM kept
  WHERE sort = ANY(CAST(:classes AS text[]))
  GROUP BY sort
)
SELECT sort, $merged AS path FROM merged, box ORDER BY sort
