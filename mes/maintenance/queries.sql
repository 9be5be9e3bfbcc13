-- request --
insert into maintenance_order (number, equipment_id, failure_mode, kind, priority, status, title_en, title_zh, evidence,
                               excursion_id, alarm_id, requested_by, requested_at)
values (%(number)s, %(equipment_id)s, %(failure_mode)s, %(kind)s, %(priority)s, 'requested', %(title_en)s,
        %(title_zh)s, %(evidence)s, %(excursion_id)s, %(alarm_id)s, %(actor)s, %(now)s)
returning *

-- lock_requests --
-- Two watches that find the same failure at once: one requests, the other finds its order. One lock for all machines,
-- so that nobody who asks for two waits for another who does.
select pg_advisory_xact_lock(7463003)

-- open_order --
-- The open order for one of these failures of a machine; the one for the very failure first.
select * from maintenance_order
 where equipment_id = %(equipment_id)s and failure_mode = any (%(modes)s)
   and status not in ('closed', 'rejected', 'cancelled')
 order by failure_mode <> %(failure_mode)s, id
 limit 1

-- link --
update maintenance_order
   set excursion_id = coalesce(excursion_id, %(excursion_id)s), alarm_id = coalesce(alarm_id, %(alarm_id)s),
       evidence = %(evidence)s, version = version + 1
 where id = %(id)s
returning *

-- link_excursion --
insert into maintenance_order_excursion (order_id, excursion_id) values (%(id)s, %(excursion_id)s)
on conflict do nothing

-- order --
select * from maintenance_order where id = %(id)s

-- lock --
select * from maintenance_order where id = %(id)s for update

-- orders --
-- Newest first; every filter that is null is no filter.
select * from maintenance_order
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)
   and (%(excursion_id)s::int is null
        or id in (select order_id from maintenance_order_excursion where excursion_id = %(excursion_id)s))
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- step --
-- What a step doesn't say stays as it is.
update maintenance_order
   set status = %(status)s, version = version + 1,
       assigned_to = coalesce(%(assigned_to)s, assigned_to),
       started_at = coalesce(started_at, %(started_at)s),
       done_at = coalesce(%(done_at)s, done_at), done_by = coalesce(%(done_by)s, done_by),
       findings = coalesce(%(findings)s, findings), downtime_min = coalesce(%(downtime_min)s, downtime_min),
       verified_by = coalesce(%(verified_by)s, verified_by), check_result = coalesce(%(check_result)s, check_result),
       note = coalesce(%(note)s, note), closed_at = coalesce(%(closed_at)s, closed_at)
 where id = %(id)s
returning *
