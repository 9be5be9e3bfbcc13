-- item --
insert into item (code, kind, name_en, name_zh, unit) values ('BENCH', 'raw', 'Bench', '测试', 'kg') returning id

-- line --
with place as (
    insert into site (code, name_en, name_zh) values ('bench', 'Bench', '测试') returning code
)
insert into equipment (path, kind, name_en, name_zh) select code || '/line/1', 'line', 'Line', '线' from place
returning id

-- lots --
-- One lot to begin with, and layers of lots: a layer's lots have the numbers that follow those of the one before.
insert into lot (number, item_id, quality_status, quantity, unit, received_at)
select 'L' || n, %(item)s, 'released', 100, 'kg', %(now)s from generate_series(0, %(lots)s) n order by n

-- batches --
with planned as (
    insert into work_order (number, item_id, equipment_id, quantity, unit, status, planned_by, planned_at)
    select 'WO-' || number, item_id, %(line)s, 1, unit, 'closed', 'bench', %(now)s from lot where number <> 'L0'
    returning id, number
)
insert into batch_record (order_id, lot_id, number, status, issued_at)
select p.id, l.id, l.number, 'released', %(now)s from planned p join lot l on p.number = 'WO-' || l.number

-- issues --
-- The first layer takes of the first lot; every other lot of `each` lots of the layer before.
insert into material_issue (batch_id, lot_id, quantity, unit, issued_by, issued_at, idempotency_key)
select b.id, parent.id, 1.25, 'kg', 'bench', %(now)s, b.number || ' ' || parent.number
  from generate_series(1, %(lots)s) n
 cross join generate_series(1, %(each)s) k
  join batch_record b on b.number = 'L' || n
  join lot parent on parent.number = 'L' || case
           when n <= %(width)s then 0
           else (n - 1) / %(width)s * %(width)s - %(width)s + 1 + (n * 7 + k * 13) %% %(width)s
       end
 where n > %(width)s or k = 1

-- customers --
insert into customer (code, name, address, contact)
select 'C' || n, 'Customer ' || n, 'Address', 'Contact' from generate_series(1, 20) n

-- shipments --
-- Of each of the last `width` lots something went to two customers.
with sent as (
    insert into shipment (number, status, customer_id, consignee, address, contact, transport, planned_on, planned_by,
                          planned_at, shipped_by, shipped_at)
    select 'SHP-' || n || '-' || k, 'shipped', c.id, c.name, c.address, c.contact, 'road', %(now)s::date, 'bench',
           %(now)s, 'bench', %(now)s
      from generate_series(1, %(width)s) n
     cross join generate_series(0, 1) k
      join customer c on c.code = 'C' || (n + k) %% 20 + 1
    returning id, number
), asked as (
    insert into shipment_line (shipment_id, line, item_id, quantity, unit)
    select id, 1, %(item)s, 10, 'kg' from sent returning shipment_id
)
insert into shipment_pick (shipment_id, line, lot_id, zone_id, code, quantity, unit, picked_by, picked_at, left_at)
select s.id, 1, l.id, %(zone)s, l.number, 10, 'kg', 'bench', %(now)s, %(now)s
  from sent s
  join asked a on a.shipment_id = s.id
  join lot l on l.number = 'L' || %(lots)s - split_part(s.number, '-', 2)::int + 1

-- zone --
insert into zone (code, site, area, kind, name_en, name_zh)
values ('bench', 'bench', 'bench', 'room', 'Bench', '测试') returning id

-- number --
select id from lot where number = %(number)s
