-- Listed places counted per cell of 64 px. The cells are anchored to the world, so neighbouring tiles
-- agree, and a place belongs to exactly one cell. A pyramid of counts will answer here; until then
-- cells are counted on the fly.
--
-- Sums are of integers: the sum of floats depends on the order in which rows are read. Grouping by
-- the words first leaves few rows to count per profile.
WITH placed AS (
  SELECT entry_words AS words,
         (ST_X(point) + 180.0) / 360.0 * :cells AS u,
         (0.5 - asinh(tan(radians(ST_Y(point)))) / (2 * pi())) * :cells AS v
  FROM places
  WHERE state = 'active' AND point && $area AND $listed AND $in_category
), celled AS (
  SELECT words, floor(u)::bigint AS cx, floor(v)::bigint AS cy,
         floor((u - floor(u)) * 512)::bigint AS du, floor((v - floor(v)) * 512)::bigint AS dv
  FROM placed
), grouped AS (
  SELECT cx, cy, words, count(*) AS n, sum(du) AS du, sum(dv) AS dv
  FROM celled
  WHERE cx BETWEEN :first_cx AND :first_cx + $last_cell
    AND cy BETWEEN :first_cy AND :first_cy + $last_cell
  GROUP BY cx, cy, words
), counted AS (
  SELECT cx, cy, sum(n)::int AS count,
         -- The centre of gravity, kept to the inner three fifths so that neighbours never overlap.
         least(greatest(sum(du) / sum(n), 103), 409) AS du,
         least(greatest(sum(dv) / sum(n), 103), 409) AS dv,
         $counts_per_word
  FROM grouped
  GROUP BY cx, cy
), drawn AS (
  SELECT ST_MakePoint((cx - :first_cx) * 512 + round(du), (cy - :first_cy) * 512 + round(dv))
           AS geom,
         count, $count_names
  FROM counted
  ORDER BY cx, cy
)
SELECT coalesce((SELECT ST_AsMVT(drawn, 'clusters', 4096, 'geom') FROM drawn), ''::bytea)
