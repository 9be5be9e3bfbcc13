-- open --
insert into look_back (number, certificate_id, good_id, from_time, to_time, findings, deviation_id, opened_at, opened_by)
values (%(number)s, %(certificate_id)s, %(good_id)s, %(from_time)s, %(to_time)s, %(findings)s, %(deviation_id)s, %(now)s,
        %(actor)s)
returning *

-- look_backs --
-- Newest first; every filter that is null is no filter.
select l.*
  from look_back l
  join certificate c on c.id = l.certificate_id
 where (%(id)s::int is null or l.id = %(id)s)
   and (%(instrument_id)s::int is null or c.instrument_id = %(instrument_id)s)
   and (not %(open_only)s or l.concluded_at is null)
 order by l.id desc

-- lock --
select * from look_back where id = %(id)s for update

-- stored --
-- How many readings a point has in a time; more than the most are not counted.
select count(*)
  from (select from reading
         where point_id = %(point_id)s and time >= %(start)s and time < %(end)s
         limit %(most)s) as stored

-- try_look --
-- One looks at a time; who comes second has nothing to do.
select pg_try_advisory_xact_lock(7463040, %(id)s)

-- looked --
-- Who saw it before it was looked at saw another version.
update look_back set findings = %(findings)s, looked_at = %(now)s, looked_share = 1, version = version + %(step)s
 where id = %(id)s
returning *

-- tell_share --
update look_back set looked_share = greatest(looked_share, %(share)s) where id = %(id)s and looked_at is null

-- unlooked --
select id from look_back where looked_at is null order by id

-- conclude --
update look_back
   set conclusion = %(conclusion)s, concluded_at = %(now)s, signature_id = %(signature_id)s, version = version + 1
 where id = %(id)s
