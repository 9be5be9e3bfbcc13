-- reaching --
-- Episodes of each point that are open at its moment, or ended there or later.
select e.*
  from unnest(%(point_ids)s::int[], %(since)s::timestamptz[]) as asked (point_id, since)
  join episode e on e.point_id = asked.point_id
 where e.withdrawn_at is null and (e.ended_at is null or e.ended_at >= asked.since)
 order by e.point_id, e.started_at, e.id

-- open --
select * from episode where ended_at is null and withdrawn_at is null order by id

-- record --
insert into episode (point_id, rule_id, level, side, started_at, ended_at, raised_at, detected_at, late, peak, peak_at,
                     known_s, unknown_s)
values (%(point_id)s, %(rule_id)s, %(level)s, %(side)s, %(started_at)s, %(ended_at)s, %(raised_at)s, %(now)s, %(late)s,
        %(peak)s, %(peak_at)s, %(known_s)s, %(unknown_s)s)
returning *

-- change --
-- A version a change that people are told of; numbers that only grow add none.
update episode
   set started_at = %(started_at)s, ended_at = %(ended_at)s, raised_at = %(raised_at)s, peak = %(peak)s,
       peak_at = %(peak_at)s, known_s = %(known_s)s, unknown_s = %(unknown_s)s, late = late or %(late)s,
       version = version + %(step)s
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
select * from episode where excursion_id = any (%(excursion_ids)s) order by excursion_id, started_at, id

-- episodes --
-- Newest first; every filter that is null is no filter.
select * from episode
 where (%(point_id)s::int is null or point_id = %(point_id)s)
   and (%(from_)s::timestamptz is null or ended_at is null or ended_at >= %(from_)s)
   and (%(to)s::timestamptz is null or started_at < %(to)s)
   and (%(withdrawn)s or withdrawn_at is null)
 order by started_at desc, id desc
 limit %(limit)s
