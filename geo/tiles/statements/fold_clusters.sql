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
), counted_for AS (
  -- Each place counts for its category and, under the empty one, for all of them together.
  SELECT x, y, words, n, counted.category
  FROM spots
  CROSS JOIN LATERAL (SELECT '' AS category UNION SELECT spots.category) AS counted
), placed AS (
  SELECT zoom, x >> ($world_bits - zoom) AS x, y >> ($world_bits - zoom) AS y,
         ((x >> ($cell_bits - zoom)) & 7) * 8 + ((y >> ($cell_bits - zoom)) & 7) AS cell,
         category, words, n,
         n * ((x >> ($unit_bits - zoom)) & 511) AS sum_x,
         n * ((y >> ($unit_bits - zoom)) & 511) AS sum_y
  FROM counted_for CROSS JOIN generate_series(0, $max_zoom) AS zoom
), grouped AS (
  -- Few rows are left to count per profile once those of the same words are together.
  SELECT $key, words, sum(n) AS n, sum(sum_x) AS sum_x, sum(sum_y) AS sum_y
  FROM placed
  GROUP BY $key, words
), cells AS (
  SELECT $key, sum(n) AS total, sum(sum_x) AS sum_x, sum(sum_y) AS sum_y, $counts_per_word
  FROM grouped
  GROUP BY $key
), folded AS (
  INSERT INTO place_clusters AS c ($key, total, sum_x, sum_y, $count_names)
  SELECT $key, total, sum_x, sum_y, $count_names
  FROM cells
  ORDER BY $key
  ON CONFLICT ($key) DO UPDATE SET $add_excluded
  RETURNING $key, total
)
SELECT (SELECT count(*) FROM taken) AS taken,
       (SELECT jsonb_agg(to_jsonb(f))::text FROM folded f WHERE total = 0) AS emptied
