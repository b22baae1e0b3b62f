-- Single places with the published words. Names, and buildings that have neither a name nor a
-- word, come only where labels are drawn.
WITH drawn AS (
  SELECT $spot AS geom,
         id::text AS id, kind, category, coverage_percent,
         nullif(array_to_string(badges, ','), '') AS badges,
         nullif(NOT $listed, false) AS plain,
         $words,
         CASE WHEN :z >= $names_from_zoom THEN name ->> '' END AS name,
         CASE WHEN :z >= $names_from_zoom THEN name ->> 'kk' END AS name_kk,
         CASE WHEN :z >= $names_from_zoom THEN name ->> 'ru' END AS name_ru,
         CASE WHEN :z >= $names_from_zoom THEN name ->> 'en' END AS name_en
  FROM places
  WHERE state = 'active' AND point && $area AND $in_category
    AND (:z >= $names_from_zoom OR $listed)
  ORDER BY places.id
)
SELECT coalesce(
  (SELECT ST_AsMVT(drawn, 'places', 4096, 'geom') FROM drawn WHERE geom IS NOT NULL), ''::bytea)
