-- Houses as one path; where there are too many, the largest.
WITH box AS ($box), kept AS (
  SELECT places.id, footprint
  FROM places, box
  WHERE footprint && box.geom AND kind = 'building' AND state = 'active'
    AND ST_Area(footprint) > :least_area
  ORDER BY ST_Area(footprint) DESC, places.id
  LIMIT :most
)
SELECT string_agg($footprint, '' ORDER BY kept.id) FROM kept, box
