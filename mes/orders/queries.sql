-- plan_order --
insert into work_order (number, item_id, equipment_id, quantity, unit, status, planned_by, planned_at, priority, due_on)
values (%(number)s, %(item_id)s, %(equipment_id)s, %(quantity)s, %(unit)s, 'planned', %(actor)s, %(now)s, %(priority)s,
        %(due_on)s)
returning id

-- need_material --
insert into order_material (order_id, line, item_id, quantity, unit, over_pct, under_pct, fefo, min_remaining_days,
                            dispense, assay_adjusted, step)
values (%(order_id)s, %(line)s, %(item_id)s, %(quantity)s, %(unit)s, %(over_pct)s, %(under_pct)s, %(fefo)s,
        %(min_remaining_days)s, %(dispense)s, %(assay_adjusted)s, %(step)s)

-- orders --
-- Every filter that is null is no filter. Newest first.
select id, number, item_id, equipment_id, quantity, unit, status, hold_reason, started_at, completed_at, planned_by,
       planned_at, priority, due_on, recipe, recipe_version, ended_reason, version
  from work_order
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- order --
select id, number, item_id, equipment_id, quantity, unit, status, hold_reason, started_at, completed_at, planned_by,
       planned_at, priority, due_on, recipe, recipe_version, ended_reason, version
  from work_order
 where (%(order_id)s::int is null or id = %(order_id)s) and (%(number)s::text is null or number = %(number)s)

-- lock_order --
select id from work_order where id = %(order_id)s for update

-- materials --
select order_id, line, item_id, quantity, unit, over_pct, under_pct, fefo, min_remaining_days, dispense, assay_adjusted,
       step
  from order_material
 where order_id = %(order_id)s
 order by line

-- step_order --
update work_order
   set status = %(status)s, hold_reason = %(hold_reason)s, version = version + 1,
       ended_reason = coalesce(%(ended_reason)s, ended_reason),
       started_at = case %(status)s when 'running' then coalesce(started_at, %(now)s) else started_at end,
       completed_at = case %(status)s when 'completed' then %(now)s else completed_at end
 where id = %(order_id)s

-- copy_recipe --
update work_order set recipe = %(recipe)s, recipe_version = %(recipe_version)s where id = %(order_id)s

-- put_in_line --
update work_order set priority = %(priority)s, due_on = %(due_on)s, version = version + 1 where id = %(order_id)s

-- issue --
insert into material_issue (batch_id, lot_id, quantity, unit, issued_by, issued_at, idempotency_key)
values (%(batch_id)s, %(lot_id)s, %(quantity)s, %(unit)s, %(actor)s, %(now)s, %(key)s)
    on conflict (idempotency_key) do nothing
returning id, batch_id, lot_id, quantity, unit, issued_by, issued_at, idempotency_key

-- issues --
select id, batch_id, lot_id, quantity, unit, issued_by, issued_at, idempotency_key
  from material_issue
 where (%(batch_id)s::int is null or batch_id = %(batch_id)s)
   and (%(key)s::text is null or idempotency_key = %(key)s)
 order by id

-- forward --
-- From a lot to the batches it went into, the lots these made, and so on. `union` ends a walk in a circle.
with recursive link as (
    select m.lot_id as from_lot, m.batch_id, b.lot_id as to_lot, 1 as depth
      from material_issue m join batch_record b on b.id = m.batch_id
     where m.lot_id = %(lot_id)s
    union
    select m.lot_id, m.batch_id, b.lot_id, link.depth + 1
      from link
      join material_issue m on m.lot_id = link.to_lot
      join batch_record b on b.id = m.batch_id
     where link.depth < %(depth)s
)
select min(depth) as depth, from_lot, batch_id, to_lot from link group by from_lot, batch_id, to_lot order by 1, 3, 2

-- backward --
-- From a lot to the batch that made it, the lots this consumed, and so on.
with recursive link as (
    select m.lot_id as from_lot, m.batch_id, b.lot_id as to_lot, 1 as depth
      from batch_record b join material_issue m on m.batch_id = b.id
     where b.lot_id = %(lot_id)s
    union
    select m.lot_id, m.batch_id, b.lot_id, link.depth + 1
      from link
      join batch_record b on b.lot_id = link.from_lot
      join material_issue m on m.batch_id = b.id
     where link.depth < %(depth)s
)
select min(depth) as depth, from_lot, batch_id, to_lot from link group by from_lot, batch_id, to_lot order by 1, 3, 2
