-- How far what readers were told of one zoom, folded and waiting together, is from the truth.
WITH spots AS (
  SELECT x, y, category, words, sum(n) AS n
  FROM place_cluster_deltas
  GROUP BY x, y, category, words
  HAVING sum(n) <> 0
), $cells, told AS (
  SELECT $key, sum(total) AS total, sum(sum_x) AS sum_x, sum(sum_y) AS sum_y, $counts_added
  FROM (
    SELECT $key, total, sum_x, sum_y, $count_names FROM place_clusters WHERE zoom = :zoom
    UNION ALL
    SELECT $key, total, sum_x, sum_y, $count_names FROM cells
  ) AS parts
  GROUP BY $key
  HAVING sum(total) <> 0 OR sum(sum_x) <> 0 OR sum(sum_y) <> 0
)
SELECT count(r.zoom) AS cells,
       count(*) FILTER (WHERE $told_values IS DISTINCT FROM $true_values) AS wrong,
       coalesce(sum(t.total) FILTER (WHERE t.category = ''), 0)::bigint AS told_places,
       coalesce(sum(r.total) FILTER (WHERE r.category = ''), 0)::bigint AS places
FROM told t
FULL JOIN recounted r
  ON r.zoom = t.zoom AND r.x = t.x AND r.y = t.y AND r.category = t.category AND r.cell = t.cell
