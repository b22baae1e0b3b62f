-- The house that a picture is about; of what is inside a house, that house.
WITH box AS ($box), found AS (
  SELECT coalesce(own.footprint, parent.footprint) AS footprint
  FROM places own LEFT JOIN places parent ON parent.id = own.parent_id
  WHERE own.id = :id
)
SELECT $footprint FROM found, box WHERE footprint IS NOT NULL
