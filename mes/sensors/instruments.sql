-- register --
insert into instrument (serial, model, unit, added_at, added_by)
values (%(serial)s, %(model)s, %(unit)s, %(now)s, %(actor)s)
    on conflict (serial) do nothing
returning *

-- instruments --
select * from instrument where %(ids)s::int[] is null or id = any (%(ids)s) order by serial

-- by_serial --
select * from instrument where serial = %(serial)s

-- installations --
-- Every filter that is null is no filter.
select * from installation
 where (%(point_id)s::int is null or point_id = %(point_id)s)
   and (%(instrument_id)s::int is null or instrument_id = %(instrument_id)s)
   and (%(withdrawn)s or withdrawn_at is null)
 order by from_time, id

-- installation --
select * from installation where id = %(id)s

-- serving --
select * from installation
 where point_id = any (%(point_ids)s) and withdrawn_at is null
   and from_time <= %(at)s and (to_time is null or to_time > %(at)s)

-- lock --
-- Two people who record moves or swaps at once: the second sees what the first wrote.
select pg_advisory_xact_lock(7463011)

-- install --
insert into installation (instrument_id, point_id, from_time, recorded_at, recorded_by, reason)
values (%(instrument_id)s, %(point_id)s, %(from_time)s, %(now)s, %(actor)s, %(reason)s)
returning *

-- end --
update installation set to_time = %(at)s where id = any (%(ids)s)

-- withdraw --
update installation set withdrawn_at = %(now)s where id = %(id)s

-- reopen --
update installation set to_time = null where id = any (%(ids)s)
