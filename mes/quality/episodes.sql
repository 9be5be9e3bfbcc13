-- reaching --
-- Episodes of each point that are open at its moment, or ended there or later.
select e.*
  from unnest(%(point_ids)s::int[], %(since)s::timestamptz[]) as asked (point_id, since)
  join episode e on e.point_id = asked.point_id
 where e.withdrawn_at is null and (e.ended_at is null or e.ended_at >= asked.since)
 order by e.point_id, e.started_at, e.id

-- standing_since --
-- Open, or ended then or later.
select * from episode
 where withdrawn_at is null and (ended_at is null or ended_at >= %(since)s)
   and (%(point_ids)s::int[] is null or point_id = any (%(point_ids)s))
 order by point_id, started_at, id

-- counted --
select * from episode
 where counted_by > 0 and withdrawn_at is null and point_id = any (%(point_ids)s)
   and (ended_at is null or ended_at >= %(since)s)
 order by point_id, started_at, id

-- unfiled --
-- Single events of a point, beyond its alarm or critical limits, within a time and part of no excursion.
select * from episode
 where counted_by = 0 and level <> 'warn' and withdrawn_at is null and excursion_id is null and point_id = %(point_id)s
   and (ended_at is null or ended_at >= %(start)s)
   and (%(end)s::timestamptz is null or started_at <= %(end)s)
 order by started_at, id

-- grow --
update episode e
   set known_s = g.known_s, unknown_s = g.unknown_s, peak = g.peak, peak_at = g.peak_at
  from unnest(%(ids)s::int[], %(known_s)s::float8[], %(unknown_s)s::float8[], %(peak)s::float8[],
              %(peak_at)s::timestamptz[]) as g (id, known_s, unknown_s, peak, peak_at)
 where e.id = g.id

-- open --
select * from episode where ended_at is null and withdrawn_at is null order by id

-- record --
insert into episode (point_id, rule_id, zone_id, level, side, limit_value, counted_by, started_at, ended_at, raised_at, detected_at, late, peak, peak_at,
                     known_s, unknown_s)
values (%(point_id)s, %(rule_id)s, %(zone_id)s, %(level)s, %(side)s, %(limit_value)s, %(counted_by)s, %(started_at)s, %(ended_at)s, %(raised_at)s, %(now)s, %(late)s,
        %(peak)s, %(peak_at)s, %(known_s)s, %(unknown_s)s)
returning *

-- change --
-- A version a change that people are told of; numbers that only grow add none.
update episode
   set started_at = %(started_at)s, ended_at = %(ended_at)s, raised_at = %(raised_at)s, peak = %(peak)s,
       peak_at = %(peak_at)s, known_s = %(known_s)s, unknown_s = %(unknown_s)s, late = late or %(late)s,
       end_reason = null, end_signature_id = null, version = version + %(step)s
 where id = %(id)s
returning *

-- lose --
-- Its probe will never say how it ended.
update episode
   set ended_at = %(at)s, unknown_s = %(unknown_s)s, end_reason = 'sensor_lost', end_signature_id = %(signature_id)s,
       version = version + 1
 where id = %(id)s
returning *

-- withdraw --
update episode set withdrawn_at = %(now)s, version = version + 1 where id = %(id)s returning *

-- anchor --
update episode
   set anchored_at = %(at)s, anchored_known_s = %(known_s)s, anchored_unknown_s = %(unknown_s)s
 where id = %(id)s

-- file_under --
update episode set excursion_id = %(excursion_id)s where id = %(id)s returning *

-- of_excursions --
-- Single events; of an excursion that has none, the times that a cumulative rule added up.
select * from episode e
 where excursion_id = any (%(excursion_ids)s)
   and (counted_by = 0 or not exists (
           select from episode single
            where single.excursion_id = e.excursion_id and single.counted_by = 0 and single.withdrawn_at is null
       ))
 order by excursion_id, started_at, id

-- filed_under --
-- Of both kinds.
select * from episode where excursion_id = %(excursion_id)s order by started_at, id

-- episodes --
-- Single events, newest first; every filter that is null is no filter.
select * from episode
 where counted_by = 0
   and (%(point_id)s::int is null or point_id = %(point_id)s)
   and (%(from_)s::timestamptz is null or ended_at is null or ended_at >= %(from_)s)
   and (%(to)s::timestamptz is null or started_at < %(to)s)
   and (%(withdrawn)s or withdrawn_at is null)
 order by started_at desc, id desc
 limit %(limit)s
