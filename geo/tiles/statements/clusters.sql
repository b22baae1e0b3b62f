-- Listed places counted per cell of 64 px: what is folded, and what waits to be. The cells are
-- anchored to the world, so neighbouring tiles agree, and a place belongs to exactly one cell.
--
-- All sums are of integers: the sum of floats depends on the order in which rows are read.
WITH counts AS (
  SELECT cell, total, sum_x, sum_y, $count_names
  FROM place_clusters
  WHERE zoom = :z AND x = :x AND y = :y AND category = ANY(CAST(:rows_of AS text[]))
), waiting AS (
  -- Grouping by the words first leaves few rows to count per profile.
  SELECT ((x >> :cell_shift) & 7) * 8 + ((y >> :cell_shift) & 7) AS cell, words, sum(n) AS n,
         sum(n * ((x >> :unit_shift) & 511)) AS sum_x, sum(n * ((y >> :unit_shift) & 511)) AS sum_y
  FROM place_cluster_deltas
  WHERE x BETWEEN :first_x AND :last_x AND y BETWEEN :first_y AND :last_y
    AND (CAST(:categories AS text[]) IS NULL OR category = ANY(CAST(:categories AS text[])))
  GROUP BY 1, 2
), waiting_counts AS (
  SELECT cell, sum(n)::int AS total, sum(sum_x)::bigint AS sum_x, sum(sum_y)::bigint AS sum_y,
         $counts_per_word
  FROM waiting
  GROUP BY cell
), counted AS (
  SELECT cell, sum(total)::int AS count,
         -- The centre of gravity, kept to the inner three fifths so that neighbours never overlap.
         least(greatest(sum(sum_x) / sum(total), 103), 409) AS du,
         least(greatest(sum(sum_y) / sum(total), 103), 409) AS dv,
         $counts_added
  FROM (SELECT * FROM counts UNION ALL SELECT * FROM waiting_counts) AS parts
  GROUP BY cell
  HAVING sum(total) <> 0
), drawn AS (
  SELECT ST_MakePoint((cell >> 3) * 512 + round(du), (cell & 7) * 512 + round(dv)) AS geom,
         count, $count_names
  FROM counted
  ORDER BY cell
)
SELECT coalesce((SELECT ST_AsMVT(drawn, 'clusters', 4096, 'geom') FROM drawn), ''::bytea)
