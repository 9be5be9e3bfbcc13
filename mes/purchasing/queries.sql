-- expected --
-- Every filter that is null is no filter. `open`: lines that are not closed and have not come whole.
select e.id, e.order_number, e.line, e.item_id, i.code as item, i.name_en as item_en, i.name_zh as item_zh,
       s.code as supplier, s.name as supplier_name, e.quantity, came.quantity as received, e.unit, e.due_on,
       e.imported_by, e.imported_at, e.closed_by, e.closed_at, e.close_reason, e.version
  from expected_line e
  join item i on i.id = e.item_id
  join supplier s on s.id = e.supplier_id
 cross join lateral (select coalesce(sum(a.quantity), 0) as quantity
                       from expected_arrival a where a.line_id = e.id) came
 where (%(ids)s::int[] is null or e.id = any (%(ids)s))
   and (%(order_number)s::text is null or e.order_number = %(order_number)s)
   and (%(line)s::text is null or e.line = %(line)s)
   and (not %(open)s or (e.closed_at is null and came.quantity < e.quantity))
 order by e.due_on, e.order_number, e.line
 limit %(limit)s

-- lock_lines --
-- In the order of their ids, so that two imports of the same lines never wait for each other in a circle.
select e.id
  from expected_line e
  join unnest(%(orders)s::text[], %(lines)s::text[]) as k (order_number, line)
    on k.order_number = e.order_number and k.line = e.line
 order by e.id
   for update of e

-- lock_line --
select id from expected_line where id = %(id)s for update

-- add_line --
insert into expected_line (order_number, line, item_id, supplier_id, quantity, unit, due_on, imported_by, imported_at)
values (%(order_number)s, %(line)s, %(item_id)s, %(supplier_id)s, %(quantity)s, %(unit)s, %(due_on)s, %(actor)s,
        %(now)s)
    on conflict (order_number, line) do nothing
returning id

-- change_line --
update expected_line
   set item_id = %(item_id)s, supplier_id = %(supplier_id)s, quantity = %(quantity)s, unit = %(unit)s,
       due_on = %(due_on)s, version = version + 1
 where id = %(id)s

-- close_line --
update expected_line
   set closed_by = %(actor)s, closed_at = %(now)s, close_reason = %(reason)s, version = version + 1
 where id = %(id)s and version = %(version)s and closed_at is null
returning id

-- add_arrival --
insert into expected_arrival (line_id, lot_id, quantity, note, arrived_at, actor)
values (%(line_id)s, %(lot_id)s, %(quantity)s, %(note)s, %(now)s, %(actor)s)

-- arrivals --
select a.line_id, a.lot_id, l.number, a.quantity, a.note, a.arrived_at, a.actor
  from expected_arrival a
  join lot l on l.id = a.lot_id
 where a.line_id = any (%(line_ids)s)
 order by a.id
