-- line --
insert into equipment (path, kind, name_en, name_zh) values ('hainan/filling/line-1', 'line', 'Line 1', '1号线')
    on conflict (path) do update set kind = excluded.kind
returning id

-- item --
insert into item (code, kind, name_en, name_zh, unit) values (%(code)s, 'raw', %(code)s, %(code)s, 'kg')
    on conflict (code) do update set code = excluded.code
returning id

-- lot --
insert into lot (number, item_id, quality_status, quantity, unit, received_at)
select %(number)s, id, 'released', %(quantity)s, unit, %(now)s from item where code = %(item)s
returning id

-- batch --
with planned as (
    insert into work_order (number, item_id, equipment_id, quantity, unit, status, planned_by, planned_at)
    select 'WO-' || l.number, l.item_id, e.id, 1, l.unit, 'running', 'planner', %(now)s
      from lot l, equipment e where l.id = %(lot_id)s and e.path = 'hainan/filling/line-1'
    returning id
)
insert into batch_record (order_id, lot_id, number, status, issued_at)
select planned.id, l.id, l.number, 'in_execution', %(now)s from planned, lot l where l.id = %(lot_id)s
returning id

-- issue --
insert into material_issue (batch_id, lot_id, quantity, unit, issued_by, issued_at, idempotency_key)
values (%(batch_id)s, %(lot_id)s, %(quantity)s, 'kg', 'operator', %(now)s, %(key)s)
returning id

-- return --
insert into material_return (issue_id, quantity, zone_id, reason, returned_by, returned_at, idempotency_key)
values (%(issue_id)s, %(quantity)s, %(zone_id)s, 'left over', 'operator', %(now)s, %(key)s)

-- part --
insert into lot_lineage (child_id, parent_id, kind, quantity, at, actor, reason)
values (%(child_id)s, %(parent_id)s, %(kind)s, %(quantity)s, %(now)s, 'warehouse', 'a story')
