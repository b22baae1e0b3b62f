-- House numbers in the middle of their houses.
WITH box AS ($box)
SELECT address ->> 'housenumber' AS housenumber, ST_X(point) AS lon, ST_Y(point) AS lat
FROM places, box
WHERE point && box.geom AND kind = 'building' AND state = 'active' AND address ? 'housenumber'
ORDER BY ST_Area(footprint) DESC NULLS LAST, id
LIMIT :most
