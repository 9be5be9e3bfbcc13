-- verdicts --
select id, alarm_id, order_id, verdict, told, actor, at from alert_verdict where alarm_id = %(alarm_id)s order by id

-- judge --
insert into alert_verdict (alarm_id, order_id, verdict, told, actor, at)
values (%(alarm_id)s, %(order_id)s, %(verdict)s, %(told)s, %(actor)s, %(now)s)
returning id

-- last_verdicts --
-- The last word on each piece of advice of a time.
select distinct on (alarm_id) alarm_id, verdict from alert_verdict
 where alarm_id = any (%(alarm_ids)s)
 order by alarm_id, id desc

-- repairs --
-- Failures of a time with the hours that each took a machine out of use; open ones count until now.
select o.equipment_id, o.id as order_id,
       coalesce(o.downtime_min / 60,
                extract(epoch from coalesce(o.done_at, %(now)s) - o.started_at) / 3600, 0)::numeric as repair_h
  from maintenance_order o
 where o.kind = 'corrective' and o.status not in ('rejected', 'cancelled')
   and coalesce(o.problem_code, '') <> 'no_fault_found'
   and o.requested_at >= %(start)s and o.requested_at < %(end)s
   and (%(equipment_id)s::int is null or o.equipment_id = %(equipment_id)s)
 order by o.id

-- planned_orders --
-- Orders of plans whose day lies in a time and is over, or that were ended in it.
select due_on, done_at, status from maintenance_order
 where plan_id is not null and due_on >= %(first)s and due_on <= %(last)s
   and (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)

-- stops --
select s.id, s.equipment_id, s.source, s.starts_at, s.ends_at, s.order_id, r.reason, r.told, r.actor
  from machine_stop s
  left join lateral (select reason, told, actor from stop_reason where stop_id = s.id order by id desc limit 1) r
    on true
 where (%(equipment_id)s::int is null or s.equipment_id = %(equipment_id)s)
   and (%(stop_id)s::int is null or s.id = %(stop_id)s)
 order by s.starts_at desc
 limit %(limit)s

-- standing_stops --
select id, equipment_id, source, starts_at from machine_stop where ends_at is null

-- begin_stop --
insert into machine_stop (equipment_id, source, starts_at, order_id)
values (%(equipment_id)s, %(source)s, %(starts_at)s, %(order_id)s)
on conflict do nothing

-- end_stop --
update machine_stop set ends_at = greatest(%(ends_at)s, starts_at + interval '1 second')
 where id = %(id)s and ends_at is null

-- say_reason --
insert into stop_reason (stop_id, reason, told, actor, at)
values (%(stop_id)s, %(reason)s, %(told)s, %(actor)s, %(now)s)
