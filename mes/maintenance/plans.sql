-- stored_maintenance_plan --
select p.code, e.path as equipment, p.definition, p.retired
  from maintenance_plan p join equipment e on e.id = p.equipment_id

-- stored_spare_part --
select number, definition, retired from spare_part

-- stored_machine_care --
select e.path as equipment, c.definition, c.retired from machine_care c join equipment e on e.id = c.equipment_id

-- stored_failure_code --
select kind, code, name_en, name_zh, retired from failure_code where own

-- put_failure_code --
-- A word that the program has already gets the plant's name.
insert into failure_code (kind, code, name_en, name_zh, own)
values (%(kind)s, %(code)s, %(name_en)s, %(name_zh)s, true)
    on conflict (kind, code) do update
   set name_en = excluded.name_en, name_zh = excluded.name_zh, own = true, retired = false

-- retire_failure_code --
update failure_code set retired = true where kind || '/' || code = %(key)s

-- put_maintenance_plan --
-- A plan that comes back, or is for another machine, begins anew.
insert into maintenance_plan (code, equipment_id, definition, since)
select %(code)s, id, %(definition)s, %(now)s from equipment where path = %(equipment)s
    on conflict (code) do update
   set definition = excluded.definition, retired = false, equipment_id = excluded.equipment_id,
       since = case when maintenance_plan.retired or maintenance_plan.equipment_id <> excluded.equipment_id
                    then excluded.since else maintenance_plan.since end

-- put_spare_part --
insert into spare_part (number, definition) values (%(number)s, %(definition)s)
    on conflict (number) do update set definition = excluded.definition, retired = false

-- put_machine_care --
insert into machine_care (equipment_id, definition, since)
select id, %(definition)s, %(now)s from equipment where path = %(equipment)s
    on conflict (equipment_id) do update set definition = excluded.definition, retired = false

-- retire_maintenance_plan --
update maintenance_plan set retired = true where code = %(key)s

-- retire_spare_part --
update spare_part set retired = true where number = %(key)s

-- retire_machine_care --
update machine_care set retired = true where equipment_id = (select id from equipment where path = %(key)s)

-- plans --
-- With what the last order of each left behind: its day, and when it was done, skipped or called off.
select p.id, p.code, p.equipment_id, p.definition, p.since, p.retired,
       o.id as open_order_id, o.number as open_order, o.status as open_status, o.due_on as open_due_on,
       l.due_on as last_due, coalesce(l.done_at, l.closed_at) as last_ended, l.number as last_order
  from maintenance_plan p
  left join lateral (
       select id, number, status, due_on from maintenance_order
        where plan_id = p.id and status not in ('closed', 'rejected', 'cancelled', 'skipped')
        order by id desc limit 1) o on true
  left join lateral (
       select number, due_on, done_at, closed_at from maintenance_order
        where plan_id = p.id and (done_at is not null or closed_at is not null)
        order by id desc limit 1) l on true
 where (%(plan_id)s::int is null or p.id = %(plan_id)s)
   and (%(equipment_id)s::int is null or p.equipment_id = %(equipment_id)s)
   and (%(with_retired)s or not p.retired)
 order by p.code

-- uses --
select starts_at, ends_at, used, unknown_s, seen from plan_use
 where plan_id = %(plan_id)s and starts_at >= %(since)s
 order by starts_at

-- keep_use --
insert into plan_use (plan_id, starts_at, ends_at, used, unknown_s, seen, counted_at)
values (%(plan_id)s, %(starts_at)s, %(ends_at)s, %(used)s, %(unknown_s)s, %(seen)s, %(now)s)
on conflict (plan_id, starts_at) do update
   set ends_at = excluded.ends_at, used = excluded.used, unknown_s = excluded.unknown_s, seen = excluded.seen,
       counted_at = excluded.counted_at
