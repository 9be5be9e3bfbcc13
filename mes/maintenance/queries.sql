-- request --
insert into maintenance_order (number, equipment_id, failure_mode, kind, priority, status, title_en, title_zh, evidence,
                               excursion_id, alarm_id, due_on, requested_by, requested_at)
values (%(number)s, %(equipment_id)s, %(failure_mode)s, %(kind)s, %(priority)s, 'requested', %(title_en)s,
        %(title_zh)s, %(evidence)s, %(excursion_id)s, %(alarm_id)s, %(due_on)s, %(actor)s, %(now)s)
returning *

-- open_planned --
-- Work that a plan asks for is approved with the plan. Nothing where its order is open already.
insert into maintenance_order (number, equipment_id, failure_mode, kind, priority, status, title_en, title_zh, evidence,
                               due_on, plan_id, plan_since, plan_use, sign_done, requested_by, requested_at)
values (%(number)s, %(equipment_id)s, 'planned', 'preventive', %(priority)s, 'approved', %(title_en)s, %(title_zh)s,
        %(evidence)s, %(due_on)s, %(plan_id)s, %(plan_since)s, %(plan_use)s, %(sign_done)s, %(actor)s, %(now)s)
on conflict (plan_id) where status not in ('closed', 'rejected', 'cancelled', 'skipped') do nothing
returning *

-- lock_requests --
-- Two watches that find the same failure at once: one requests, the other finds its order. One lock for all machines,
-- so that nobody who asks for two waits for another who does.
select pg_advisory_xact_lock(7463003)

-- open_order --
-- The open order for one of these failures of a machine; the one for the very failure first.
select * from maintenance_order
 where equipment_id = %(equipment_id)s and failure_mode = any (%(modes)s) and kind = 'corrective'
   and status not in ('closed', 'rejected', 'cancelled', 'skipped')
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

-- work_list --
-- Overdue first, then by priority and age; every filter that is null is no filter.
select * from maintenance_order
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)
   and (%(kind)s::text is null or kind = %(kind)s)
   and (%(assigned_to)s::text is null or assigned_to = %(assigned_to)s)
 order by (due_on is null or due_on >= %(today)s or status in ('done', 'verified', 'closed', 'rejected', 'cancelled',
                                                               'skipped')),
          array_position(array['critical', 'high', 'medium', 'low'], priority), due_on nulls last, id
 limit %(limit)s offset %(skip)s

-- step --
-- What a step doesn't say stays as it is.
update maintenance_order
   set status = %(status)s, version = version + 1,
       assigned_to = coalesce(%(assigned_to)s, assigned_to), due_on = coalesce(%(due_on)s, due_on),
       started_at = coalesce(started_at, %(started_at)s),
       done_at = coalesce(%(done_at)s, done_at), done_by = coalesce(%(done_by)s, done_by),
       findings = coalesce(%(findings)s, findings), downtime_min = coalesce(%(downtime_min)s, downtime_min),
       problem_code = coalesce(%(problem_code)s, problem_code), cause_code = coalesce(%(cause_code)s, cause_code),
       remedy_code = coalesce(%(remedy_code)s, remedy_code), no_parts = coalesce(%(no_parts)s, no_parts),
       verified_by = coalesce(%(verified_by)s, verified_by), check_result = coalesce(%(check_result)s, check_result),
       note = coalesce(%(note)s, note), closed_at = coalesce(%(closed_at)s, closed_at)
 where id = %(id)s
returning *

-- hand_over --
update maintenance_order set assigned_to = %(assigned_to)s, version = version + 1 where id = %(id)s returning *

-- others_at_work --
-- Other orders for which a machine is not free.
select count(*) from maintenance_order
 where equipment_id = %(equipment_id)s and id <> %(id)s and status in ('in_progress', 'on_hold', 'done')
   and started_at is not null

-- log --
insert into maintenance_log (order_id, at, actor, act, told, facts)
values (%(order_id)s, %(now)s, %(actor)s, %(act)s, %(told)s, %(facts)s)

-- log_of --
select id, order_id, at, actor, act, told, facts from maintenance_log where order_id = %(order_id)s order by id

-- book_labour --
insert into maintenance_labour (order_id, person, minutes, note, booked_by, booked_at)
values (%(order_id)s, %(person)s, %(minutes)s, %(note)s, %(actor)s, %(now)s)

-- labour --
select id, order_id, person, minutes, note, booked_by, booked_at
  from maintenance_labour where order_id = %(order_id)s order by id

-- failure_codes --
select kind, code, name_en, name_zh from failure_code where not retired order by kind, code = 'other', code

-- care --
select equipment_id, definition from machine_care
 where not retired and (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)

-- checks --
select order_id, kind, needed, judged_by, judged_at, evidence, done_by, done_at
  from maintenance_check where order_id = %(order_id)s order by kind

-- judge_check --
insert into maintenance_check (order_id, kind, needed, judged_by, judged_at)
values (%(order_id)s, %(kind)s, %(needed)s, %(actor)s, %(now)s)
on conflict (order_id, kind) do update
   set needed = excluded.needed, judged_by = excluded.judged_by, judged_at = excluded.judged_at, evidence = '',
       done_by = null, done_at = null

-- finish_check --
update maintenance_check set evidence = %(evidence)s, done_by = %(actor)s, done_at = %(now)s
 where order_id = %(order_id)s and kind = %(kind)s and needed and done_at is null

-- photos --
select id, order_id, media_type, sha256, actor, at from maintenance_photo where order_id = %(order_id)s order by id

-- picture --
select media_type, content from maintenance_photo where id = %(id)s

-- add_photo --
insert into maintenance_photo (order_id, media_type, sha256, content, actor, at)
values (%(order_id)s, %(media_type)s, %(sha256)s, %(content)s, %(actor)s, %(now)s)
on conflict do nothing
