-- stored_machine_health --
select e.path as equipment, h.definition, h.retired from machine_health h join equipment e on e.id = h.equipment_id

-- put_machine_health --
insert into machine_health (equipment_id, definition, since)
select id, %(definition)s, %(now)s from equipment where path = %(equipment)s
    on conflict (equipment_id) do update set definition = excluded.definition, retired = false

-- retire_machine_health --
update machine_health set retired = true where equipment_id = (select id from equipment where path = %(key)s)

-- watched --
select h.equipment_id, e.path, h.definition, h.since
  from machine_health h join equipment e on e.id = h.equipment_id
 where not h.retired and e.status <> 'retired'
   and (%(equipment_id)s::int is null or h.equipment_id = %(equipment_id)s)
 order by e.path

-- begin_run --
insert into health_run (equipment_id) values (%(equipment_id)s) on conflict do nothing

-- claim_run --
-- Another watch that is at this machine now keeps it.
select equipment_id, learn_from, try_at, hindrance, model_id, begun_at, position, seen_batch, seen_reset, health, stat, heard_at,
       asked_by, asked_from, asked_to, asked_reason
  from health_run where equipment_id = %(equipment_id)s for update skip locked

-- runs --
select equipment_id, learn_from, try_at, hindrance, model_id, begun_at, position, seen_batch, seen_reset, health, stat, heard_at,
       asked_by, asked_from, asked_to, asked_reason
  from health_run where %(equipment_id)s::int is null or equipment_id = %(equipment_id)s

-- state_of_run --
select state from health_run where equipment_id = %(equipment_id)s

-- keep_run --
update health_run
   set learn_from = %(learn_from)s, try_at = %(try_at)s, hindrance = %(hindrance)s, model_id = %(model_id)s,
       begun_at = %(begun_at)s, position = %(position)s, state = coalesce(%(state)s, state),
       seen_batch = %(seen_batch)s, seen_reset = %(seen_reset)s, health = %(health)s, stat = %(stat)s,
       heard_at = %(heard_at)s
 where equipment_id = %(equipment_id)s

-- ask_to_learn --
update health_run
   set asked_by = %(actor)s, asked_from = %(start)s, asked_to = %(end)s, asked_reason = %(reason)s, hindrance = ''
 where equipment_id = %(equipment_id)s and asked_by is null

-- answer_asked --
update health_run set asked_by = null, asked_from = null, asked_to = null, asked_reason = null
 where equipment_id = %(equipment_id)s

-- first_reading --
-- The oldest reading of these points since a moment.
select min(time) from (
    select (select r.time from reading r where r.point_id = p.id and r.time >= %(since)s order by r.time limit 1) as time
      from unnest(%(points)s::int[]) as p (id)) first

-- late --
-- The earliest moment at or before a position of readings that came too late for the ticks there; and up to which
-- ledger row everything has been looked at.
select (select min(first_time) from ingest_batch
         where id > %(seen)s and points && %(points)s::int[] and n > 0 and first_time <= %(position)s
           and ingested_at > first_time + %(lag)s and ingested_at <= %(cutoff)s) as first_time,
       coalesce((select min(id) - 1 from ingest_batch where id > %(seen)s and ingested_at > %(cutoff)s),
                (select max(id) from ingest_batch where id > %(seen)s), %(seen)s) as seen

-- checkpoints --
-- Of a model (or of none, while it is being learned), newest first, without their states.
select slot, at from health_checkpoint
 where equipment_id = %(equipment_id)s and model_id is not distinct from %(model_id)s
 order by at desc

-- state_of_checkpoint --
select state from health_checkpoint where equipment_id = %(equipment_id)s and slot = %(slot)s

-- keep_checkpoint --
insert into health_checkpoint (equipment_id, slot, at, model_id, state)
values (%(equipment_id)s, %(slot)s, %(at)s, %(model_id)s, %(state)s)
    on conflict (equipment_id, slot) do update
   set at = excluded.at, model_id = excluded.model_id, state = excluded.state

-- put_samples --
-- By signal: arrays of arrays have one length, so each sample comes as JSON.
insert into health_sample (equipment_id, at, model_id, health, stat, alarm, value, expected, spread)
select %(equipment_id)s, s.at, %(model_id)s, s.health, s.stat, s.alarm, s.value, s.expected, s.spread
  from json_to_recordset(%(samples)s) as s (at timestamptz, health float8, stat float8, alarm bigint, value float8[],
                                            expected float8[], spread float8[])
    on conflict (equipment_id, at) do update
   set model_id = excluded.model_id, health = excluded.health, stat = excluded.stat, alarm = excluded.alarm,
       value = excluded.value, expected = excluded.expected, spread = excluded.spread

-- samples --
-- So many at most, evenly taken; the newest always.
select at, model_id, health, stat, alarm, value, expected, spread from (
    select s.*, row_number() over (order by at desc) - 1 as place, count(*) over () as n
      from health_sample s where equipment_id = %(equipment_id)s and at >= %(start)s and at <= %(end)s) s
 where place %% greatest(1, n / %(most)s) = 0
 order by at

-- alerts --
-- Newest first; every filter that is null is no filter.
select id, equipment_id, model_id, cause, from_at, seen_at, ended_at, ended_by, found_at, score, contributions,
       input_from, alarm_id, order_id
  from health_alert
 where (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)
   and (%(model_id)s::int is null or model_id = %(model_id)s)
   and (not %(open)s or ended_at is null)
   and (%(since)s::timestamptz is null or seen_at >= %(since)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- alert --
select id, equipment_id, model_id, cause, from_at, seen_at, ended_at, ended_by, found_at, score, contributions,
       input_from, alarm_id, order_id
  from health_alert where id = %(id)s

-- begin_alert --
insert into health_alert (equipment_id, model_id, cause, from_at, seen_at, ended_at, ended_by, found_at, score,
                          contributions, input_from)
values (%(equipment_id)s, %(model_id)s, %(cause)s, %(from_at)s, %(seen_at)s, %(ended_at)s, %(ended_by)s, %(now)s,
        %(score)s, %(contributions)s, %(input_from)s)
    on conflict (equipment_id, cause, from_at) do update
   set seen_at = greatest(health_alert.seen_at, excluded.seen_at)
returning id

-- move_alert --
update health_alert set seen_at = greatest(seen_at, %(seen_at)s), ended_at = %(ended_at)s, ended_by = %(ended_by)s
 where id = %(id)s

-- link_alert --
update health_alert set alarm_id = coalesce(alarm_id, %(alarm_id)s), order_id = coalesce(order_id, %(order_id)s)
 where id = %(id)s

-- exclusions --
select id, equipment_id, from_at, to_at, reason, actor, at from health_exclusion
 where equipment_id = %(equipment_id)s order by from_at

-- exclude --
insert into health_exclusion (equipment_id, from_at, to_at, reason, actor, at)
values (%(equipment_id)s, %(from_at)s, %(to_at)s, %(reason)s, %(actor)s, %(now)s)
returning id

-- resets --
select id, equipment_id, effective_at, kind, order_id, reason, actor, at from health_reset
 where equipment_id = %(equipment_id)s order by effective_at

-- add_reset --
insert into health_reset (equipment_id, effective_at, kind, order_id, reason, actor, at)
values (%(equipment_id)s, %(effective_at)s, %(kind)s, %(order_id)s, %(reason)s, %(actor)s, %(now)s)
    on conflict (equipment_id, kind, effective_at) do nothing
returning id
