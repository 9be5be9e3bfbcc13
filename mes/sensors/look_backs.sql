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

-- conclude --
update look_back
   set conclusion = %(conclusion)s, concluded_at = %(now)s, signature_id = %(signature_id)s, version = version + 1
 where id = %(id)s
