-- Water, parks and other ground, the largest first.
WITH box AS ($box)
SELECT kind, $area_shape AS path
FROM map_features, box
WHERE map_features.geom && box.geom AND ST_Dimension(map_features.geom) = 2
  AND ST_Area(map_features.geom) > :least_area
ORDER BY ST_Area(map_features.geom) DESC, id
LIMIT :most
