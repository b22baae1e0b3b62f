-- The cells of one zoom, from the places themselves.
INSERT INTO recounted ($key, total, sum_x, sum_y, $count_names)
WITH spots AS (
  SELECT x, y, category, words, n FROM recounted_spots
), $cells
SELECT $key, total, sum_x, sum_y, $count_names FROM cells
