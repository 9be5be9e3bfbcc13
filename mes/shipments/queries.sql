-- deliveries --
-- What is loaded, on its way or gone, a row a shipment and lot. Filters that are null are no filter.
select p.lot_id, l.number as lot, s.id as shipment_id, s.number as shipment_no, s.customer_id, s.consignee, s.address,
       s.contact, sum(p.quantity) as quantity, p.unit, s.shipped_at, s.arrived_at, s.status,
       s.trip_id
  from shipment_pick p
  join shipment s on s.id = p.shipment_id
  join lot l on l.id = p.lot_id
 where p.put_back_at is null and (s.shipped_at is not null or s.status = 'loaded')
   and (%(numbers)s::text[] is null or l.number = any (%(numbers)s))
   and (%(lot_ids)s::int[] is null or p.lot_id = any (%(lot_ids)s))
 group by p.lot_id, l.number, s.id, p.unit
 order by s.shipped_at, s.id, p.lot_id

-- returns --
-- What came back, oldest first.
select r.lot_id, l.number, r.shipment_id, r.origin_id, r.quantity, r.unit, r.reason, r.returned_by, r.returned_at
  from shipment_return r
  join lot l on l.id = r.lot_id
 where r.shipment_id = any (%(shipment_ids)s)
 order by r.returned_at, r.lot_id

-- add_customer --
insert into customer (code, name, address, contact, min_remaining_days)
values (%(code)s, %(name)s, %(address)s, %(contact)s, %(min_remaining_days)s)
    on conflict (code) do nothing
returning *

-- change_customer --
update customer
   set name = %(name)s, address = %(address)s, contact = %(contact)s, min_remaining_days = %(min_remaining_days)s,
       retired_at = %(retired_at)s, version = version + 1
 where id = %(id)s
returning *

-- customers --
-- Every filter that is null is no filter.
select * from customer
 where (%(id)s::int is null or id = %(id)s)
   and (%(code)s::text is null or code = %(code)s)
   and (not %(current)s or retired_at is null)
 order by code

-- lock_customer --
select * from customer where id = %(id)s for update

-- plan --
insert into shipment (number, status, customer_id, consignee, address, contact, min_remaining_days, transport, carrier,
                      planned_on, trip_id, planned_by, planned_at)
values (%(number)s, 'planned', %(customer_id)s, %(consignee)s, %(address)s, %(contact)s, %(min_remaining_days)s,
        %(transport)s, %(carrier)s, %(planned_on)s, %(trip_id)s, %(actor)s, %(now)s)
returning *

-- add_line --
insert into shipment_line (shipment_id, line, item_id, quantity, unit)
values (%(shipment_id)s, %(line)s, %(item_id)s, %(quantity)s, %(unit)s)

-- shipment --
select * from shipment where id = %(id)s

-- shipment_named --
select * from shipment where number = %(number)s

-- lock --
select * from shipment where id = %(id)s for update

-- shipments --
-- Newest first; every filter that is null is no filter.
select * from shipment
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(customer_id)s::int is null or customer_id = %(customer_id)s)
   and (%(trip_id)s::int is null or trip_id = %(trip_id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- lines --
select * from shipment_line where shipment_id = any (%(shipment_ids)s) order by shipment_id, line

-- picks --
-- What is in shipments, in the order in which it was picked. `kept`: the lot is still reserved for it.
select p.id, p.shipment_id, p.line, p.lot_id, p.container_id, p.zone_id, p.code, p.quantity, p.unit, p.reservation_id,
       p.override_reason, p.picked_by, p.picked_at, p.put_back_by, p.put_back_at, p.left_at,
       (p.left_at is not null or coalesce(r.ended_at is null, false)) as kept
  from shipment_pick p
  left join stock_reservation r on r.id = p.reservation_id
 where p.put_back_at is null
   and (%(shipment_ids)s::int[] is null or p.shipment_id = any (%(shipment_ids)s))
   and (%(container_id)s::int is null or (p.container_id = %(container_id)s and p.left_at is null))
   and (%(lot_id)s::int is null or (p.lot_id = %(lot_id)s and p.left_at is null))
 order by p.id

-- add_pick --
insert into shipment_pick (shipment_id, line, lot_id, container_id, zone_id, code, quantity, unit, reservation_id,
                           override_reason, picked_by, picked_at)
values (%(shipment_id)s, %(line)s, %(lot_id)s, %(container_id)s, %(zone_id)s, %(code)s, %(quantity)s, %(unit)s,
        %(reservation_id)s, %(override_reason)s, %(actor)s, %(now)s)
returning id

-- put_back --
update shipment_pick set put_back_at = %(now)s, put_back_by = %(actor)s where id = %(id)s and put_back_at is null

-- stand --
-- It stands there now.
update shipment_pick set zone_id = %(zone_id)s, container_id = %(container_id)s where id = %(id)s

-- left --
update shipment_pick set left_at = %(at)s where id = %(id)s

-- touch --
update shipment set version = version + 1 where id = %(id)s

-- step --
-- What a step doesn't say stays as it is.
update shipment
   set status = %(status)s, version = version + 1,
       trip_id = coalesce(%(trip_id)s, trip_id), short_reason = coalesce(%(short_reason)s, short_reason),
       shipped_at = coalesce(%(shipped_at)s, shipped_at), shipped_by = coalesce(%(shipped_by)s, shipped_by),
       arrived_at = coalesce(%(arrived_at)s, arrived_at), receiver = coalesce(%(receiver)s, receiver),
       proof = coalesce(%(proof)s, proof), ended_reason = coalesce(%(ended_reason)s, ended_reason)
 where id = %(id)s
returning *

-- add_return --
insert into shipment_return (lot_id, shipment_id, origin_id, quantity, unit, reason, returned_by, returned_at)
values (%(lot_id)s, %(shipment_id)s, %(origin_id)s, %(quantity)s, %(unit)s, %(reason)s, %(actor)s, %(now)s)
