-- stored --
-- Readings of an edge that are committed.
select coalesce(sum(stored), 0)::bigint from ingest_fate where edge = %(edge)s

-- episodes --
-- Every episode of the alarm's limits that is committed: whose, and from when.
select p.name as point, e.started_at
  from episode e
  join point p on p.id = e.point_id
 where e.level = 'alarm'

-- points_of_the_machine --
-- Points of the bench's machine of which a reading is committed: a point is entered with its first one.
select count(*) from point where starts_with(name, 'hainan/bench/machine/value-')
