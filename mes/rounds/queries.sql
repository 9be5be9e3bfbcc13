-- stored_round_plan --
select code, definition, retired from round_plan

-- put_round_plan --
-- A plan that comes back begins anew: rounds it did not ask for were not missed.
insert into round_plan (code, definition, since) values (%(code)s, %(definition)s, %(now)s)
    on conflict (code) do update
   set definition = excluded.definition, retired = false,
       since = case when round_plan.retired then excluded.since else round_plan.since end

-- retire_round_plan --
update round_plan set retired = true where code = %(key)s

-- plans --
select id, code, definition, since, retired from round_plan
 where not retired or %(with_retired)s
 order by code

-- lock_rounds --
-- Two watches that set rounds down at once: the second finds what the first wrote.
select pg_advisory_xact_lock(7463038)

-- known_windows --
select opens_at from round_task where plan_id = %(plan_id)s and closes_at > %(start)s

-- set_down --
insert into round_task (number, plan_id, definition, opens_at, closes_at)
values (%(number)s, %(plan_id)s, %(definition)s, %(opens_at)s, %(closes_at)s)
on conflict (plan_id, opens_at) do nothing
returning *

-- due_changes --
-- Rounds whose window begins or ends, or whose plan was retired before it began.
select t.id from round_task t
  join round_plan p on p.id = t.plan_id
 where (t.status = 'scheduled' and (t.opens_at <= %(now)s or p.retired))
    or (t.status in ('open', 'in_progress') and t.closes_at <= %(now)s)
 order by t.id

-- plan_is_retired --
select retired from round_plan where id = %(id)s

-- lock_round --
select * from round_task where id = %(id)s for update

-- round --
select * from round_task where id = %(id)s

-- rounds --
-- Newest window first; every filter that is null is no filter.
select * from round_task
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(plan_id)s::int is null or plan_id = %(plan_id)s)
   and (%(start)s::timestamptz is null or closes_at >= %(start)s)
   and (%(end)s::timestamptz is null or opens_at < %(end)s)
   and (%(below)s::int is null or id < %(below)s)
 order by opens_at desc, id desc
 limit %(limit)s

-- step --
-- What a step doesn't say stays as it is.
update round_task
   set status = %(status)s, version = version + 1,
       started_by = coalesce(started_by, %(started_by)s), started_at = coalesce(started_at, %(started_at)s),
       submitted_by = coalesce(submitted_by, %(submitted_by)s),
       submitted_at = coalesce(submitted_at, %(submitted_at)s), closed_at = coalesce(closed_at, %(closed_at)s),
       reviewed_by = coalesce(%(reviewed_by)s, reviewed_by), reviewed_at = coalesce(%(reviewed_at)s, reviewed_at),
       remark = coalesce(%(remark)s, remark)
 where id = %(id)s
returning *

-- add_miss --
insert into round_miss (task_id, stop, item, at) values (%(task_id)s, %(stop)s, %(item)s, %(now)s)
on conflict do nothing

-- misses --
select task_id, stop, item, at from round_miss where task_id = any (%(task_ids)s) order by task_id, stop, item

-- add_start --
insert into round_start (task_id, stop, scanned, reason, seen_at, received_at, actor, key)
values (%(task_id)s, %(stop)s, %(scanned)s, %(reason)s, %(seen_at)s, %(now)s, %(actor)s, %(key)s)
on conflict (key) do nothing
returning id

-- starts --
select id, task_id, stop, scanned, reason, seen_at, received_at, actor
  from round_start where task_id = %(task_id)s order by seen_at, id

-- add_entry --
insert into round_entry (task_id, stop, item, value, passed, note, seen_at, received_at, late, order_id, deviation_id,
                         gauge_id, actor, key)
values (%(task_id)s, %(stop)s, %(item)s, %(value)s, %(passed)s, %(note)s, %(seen_at)s, %(now)s, %(late)s, %(order_id)s,
        %(deviation_id)s, %(gauge_id)s, %(actor)s, %(key)s)
returning id

-- entry_with --
-- The entry that came with a key before.
select id from round_entry where key = %(key)s

-- start_with --
select id from round_start where key = %(key)s

-- add_photo --
insert into round_photo (entry_id, media_type, sha256, content)
values (%(entry_id)s, %(media_type)s, %(sha256)s, %(content)s)

-- picture --
select media_type, content from round_photo where id = %(id)s

-- entries --
select e.id, e.task_id, e.stop, e.item, e.value, e.passed, e.note, e.seen_at, e.received_at, e.late, e.order_id,
       e.deviation_id, e.gauge_id, e.actor, p.id as photo_id
  from round_entry e
  left join round_photo p on p.entry_id = e.id
 where e.task_id = any (%(task_ids)s)
 order by e.seen_at, e.id

-- last_meter --
-- What a meter of a plan showed last before a moment.
select e.value from round_entry e
  join round_task t on t.id = e.task_id
 where t.plan_id = %(plan_id)s and e.item = %(item)s and e.seen_at < %(at)s
   and t.definition::jsonb -> 'stops' -> e.stop ->> 'equipment' = %(equipment)s
 order by e.seen_at desc, e.id desc
 limit 1

-- orders_of_rounds --
-- Orders that failed items of a time asked for, each once.
select o.id, o.status, o.due_on, o.done_at from maintenance_order o
 where o.id in (select order_id from round_entry where received_at >= %(start)s and received_at < %(end)s)
 order by o.id
