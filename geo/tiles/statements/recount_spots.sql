-- Where the places of this snapshot are counted, in the positions that the queue has.
CREATE TEMPORARY TABLE recounted_spots ON COMMIT DROP AS
SELECT floor(u)::int AS x, floor(v)::int AS y, category, entry_words AS words, sum(n)::int AS n
FROM (
  SELECT (lon + 180.0) / 360.0 * (1 << $world_bits) AS u,
         (0.5 - asinh(tan(radians(lat))) / (2 * pi())) * (1 << $world_bits) AS v,
         category, entry_words, n
  FROM (
    SELECT ST_X(point) AS lon, ST_Y(point) AS lat, category, entry_words, count(*) AS n
    FROM places
    WHERE state = 'active'
      -- The same line as the trigger of the pyramid.
      AND (kind <> 'building' OR name <> '{}'::jsonb
           OR entry_words <> '{0,0,0,0,0,0}'::smallint[])
    GROUP BY 1, 2, 3, 4
  ) AS counted
) AS placed
WHERE u >= 0 AND u < 1 << $world_bits AND v >= 0 AND v < 1 << $world_bits
GROUP BY 1, 2, 3, 4
