-- Waterways and railways.
WITH box AS ($box)
SELECT kind, $area_shape AS path
FROM map_features, box
WHERE map_features.geom && box.geom AND ST_Dimension(map_features.geom) = 1
ORDER BY kind, id
LIMIT :most
