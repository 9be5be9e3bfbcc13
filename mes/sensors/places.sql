-- standing --
select point_id, zone_id, from_time, to_time from point_place where withdrawn_at is null order by point_id, from_time

-- of_point --
select * from point_place where point_id = %(point_id)s order by from_time, id

-- place --
select * from point_place where id = %(id)s

-- lock --
-- Two people who record moves or swaps at once: the second sees what the first wrote.
select pg_advisory_xact_lock(7463011)

-- add --
insert into point_place (point_id, zone_id, from_time, recorded_at, recorded_by, reason)
values (%(point_id)s, %(zone_id)s, %(from_time)s, %(now)s, %(actor)s, %(reason)s)
returning *

-- end --
update point_place set to_time = %(at)s where point_id = %(point_id)s and to_time is null and withdrawn_at is null

-- withdraw --
update point_place set withdrawn_at = %(now)s where id = %(id)s

-- reopen --
update point_place set to_time = null where point_id = %(point_id)s and to_time = %(at)s and withdrawn_at is null

-- drop_lone_beginning --
-- A point whose only move was withdrawn has never moved: it stands where the plant model says.
update point_place as p
   set withdrawn_at = %(now)s
 where p.point_id = %(point_id)s and p.from_time = %(beginning)s and p.to_time is null and p.withdrawn_at is null
