-- Move the oldest queued changes into the counts of all zooms. One statement: a snapshot has a
-- change either in the queue or in the counts.
WITH oldest AS (
  SELECT id FROM place_cluster_deltas ORDER BY id LIMIT :batch
), taken AS (
  DELETE FROM place_cluster_deltas d USING oldest WHERE d.id = oldest.id
  RETURNING d.x, d.y, d.n, d.category, d.words
), spots AS (
  SELECT x, y, category, words, sum(n) AS n
  FROM taken
  GROUP BY x, y, category, words
  HAVING sum(n) <> 0
), $cells, folded AS (
  INSERT INTO place_clusters AS c ($key, total, sum_x, sum_y, $count_names)
  SELECT $key, total, sum_x, sum_y, $count_names
  FROM cells
  ORDER BY $key
  ON CONFLICT ($key) DO UPDATE SET $add_excluded
  RETURNING $key, total
)
SELECT (SELECT count(*) FROM taken) AS taken,
       (SELECT jsonb_agg(to_jsonb(f))::text FROM folded f WHERE total = 0) AS emptied
