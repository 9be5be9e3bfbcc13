-- lock_zone --
-- Who writes episodes or excursions of a zone holds this until the end of the transaction; ids in ascending order.
select pg_advisory_xact_lock(7463002, zone_id) from (select unnest(%(zone_ids)s::int[]) as zone_id order by 1) as zones

-- try_zone --
select pg_try_advisory_xact_lock(7463002, %(zone_id)s)

-- touching --
-- Excursions of a zone that an episode of this time belongs to: the active one first, then the earliest.
select * from excursion
 where zone_id = %(zone_id)s
   and (ended_at is null or ended_at >= %(start)s)
   and (%(end)s::timestamptz is null or started_at <= %(end)s)
 order by condition, started_at
 limit 1

-- open --
insert into excursion (number, zone_id, condition, status, started_at, opened_at, late)
values (%(number)s, %(zone_id)s, %(condition)s, 'open', %(started_at)s, %(now)s, %(late)s)
returning *

-- active --
select * from excursion where condition = 'active' order by id

-- active_in --
select * from excursion where zone_id = %(zone_id)s and condition = 'active'

-- excursion --
select * from excursion where id = %(id)s

-- lock --
select * from excursion where id = %(id)s for update

-- touching_lots --
-- In which any of these lots was exposed.
select * from excursion
 where status = any (%(statuses)s)
   and id in (select excursion_id from excursion_lot where lot_id = any (%(lot_ids)s))
 order by id

-- excursions --
-- Newest first; every filter that is null is no filter.
select * from excursion
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(condition)s::text is null or condition = %(condition)s)
   and (%(zone_id)s::int is null or zone_id = %(zone_id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- set_window --
update excursion
   set started_at = %(started_at)s, ended_at = %(ended_at)s, condition = %(condition)s, late = late or %(late)s,
       version = version + 1
 where id = %(id)s
returning *

-- acknowledge --
update excursion
   set status = 'under_assessment', acknowledged_by = %(actor)s, acknowledged_at = %(now)s, evidence = %(evidence)s,
       version = version + 1
 where id = %(id)s
returning *

-- judge --
update excursion
   set status = %(status)s, signature_id = %(signature_id)s, assessment = %(assessment)s, version = version + 1
 where id = %(id)s
returning *

-- close --
update excursion set status = 'closed', closed_at = %(now)s, version = version + 1 where id = %(id)s returning *

-- reopen --
-- The signature stays where signatures are kept; the record is no longer signed.
update excursion
   set status = 'open', signature_id = null, closed_at = null, acknowledged_by = null, acknowledged_at = null,
       evidence = null, assessment = null, late = true, version = version + 1
 where id = %(id)s
returning *

-- touch --
update excursion set version = version + 1 where id = %(id)s returning *

-- lots --
select * from excursion_lot where excursion_id = any (%(excursion_ids)s) order by excursion_id, lot_id

-- of_lot --
select e.* from excursion e join excursion_lot l on l.excursion_id = e.id
 where l.lot_id = %(lot_id)s
 order by e.id desc

-- expose --
insert into excursion_lot (excursion_id, lot_id, exposed_from, exposed_to, exposure_s)
values (%(excursion_id)s, %(lot_id)s, %(exposed_from)s, %(exposed_to)s, %(exposure_s)s)
    on conflict (excursion_id, lot_id) do update
   set exposed_from = excluded.exposed_from, exposed_to = excluded.exposed_to, exposure_s = excluded.exposure_s

-- decide --
update excursion_lot
   set disposition = %(disposition)s, reason = %(reason)s, decided_by = %(decided_by)s, decided_at = %(now)s,
       signature_id = %(signature_id)s
 where excursion_id = %(excursion_id)s and lot_id = %(lot_id)s

-- undecide --
update excursion_lot
   set disposition = null, reason = null, decided_by = null, decided_at = null, signature_id = null
 where excursion_id = %(excursion_id)s
