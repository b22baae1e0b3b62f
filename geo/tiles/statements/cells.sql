-- Part of other statements: what spots (x, y, category, words, n) add to the cells of some zooms.
counted_for AS (
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
  FROM counted_for CROSS JOIN $zooms AS zoom
), grouped AS (
  -- Few rows are left to count per profile once those of the same words are together.
  SELECT $key, words, sum(n) AS n, sum(sum_x) AS sum_x, sum(sum_y) AS sum_y
  FROM placed
  GROUP BY $key, words
), cells AS (
  SELECT $key, sum(n) AS total, sum(sum_x) AS sum_x, sum(sum_y) AS sum_y, $counts_per_word
  FROM grouped
  GROUP BY $key
)
