-- items --
select id, code, kind, name_en, name_zh, unit, policy, expires from item where retired_at is null order by code

-- item_named --
select id, code, kind, name_en, name_zh, unit, policy, expires from item where code = %(code)s

-- items_by_id --
select id, code, kind, name_en, name_zh, unit, policy, expires from item where id = any (%(item_ids)s) order by id

-- put_item --
insert into item (code, kind, name_en, name_zh, unit, policy, expires)
values (%(code)s, %(kind)s, %(name_en)s, %(name_zh)s, %(unit)s, %(policy)s, %(expires)s)
    on conflict (code) do update
   set kind = excluded.kind, name_en = excluded.name_en, name_zh = excluded.name_zh, unit = excluded.unit,
       policy = excluded.policy, expires = excluded.expires, retired_at = null

-- retire_item --
update item set retired_at = %(now)s where code = %(code)s and retired_at is null

-- add_lot --
insert into lot (number, item_id, quality_status, quantity, unit, received_at, expires_on, supplier, supplier_lot,
                 coa, manufactured_on, retest_on, assay_pct, gtin)
values (%(number)s, %(item_id)s, %(quality_status)s, %(quantity)s, %(unit)s, %(received_at)s, %(expires_on)s,
        %(supplier)s, %(supplier_lot)s, %(coa)s, %(manufactured_on)s, %(retest_on)s, %(assay_pct)s, %(gtin)s)
    on conflict (number) do nothing
returning id

-- lots --
-- Every filter that is null is no filter. `zone_ids`: some of it stands there now.
select l.id, l.number, l.item_id, i.code as item, i.name_en as item_en, i.name_zh as item_zh,
       i.expires as item_expires, l.quality_status, l.quantity, l.unit, l.received_at, l.expires_on, l.version,
       held.n as active_holds, kept.quantity as reserved, l.supplier, l.supplier_lot, l.coa, l.manufactured_on,
       l.retest_on, l.assay_pct, l.gtin
  from lot l
  join item i on i.id = l.item_id
 cross join lateral (select coalesce(sum(r.quantity), 0) as quantity
                       from stock_reservation r where r.lot_id = l.id and r.ended_at is null) kept
 cross join lateral (select count(*) as n from lot_hold h where h.lot_id = l.id and h.lifted_at is null) held
 where (%(lot_ids)s::int[] is null or l.id = any (%(lot_ids)s))
   and (%(number)s::text is null or l.number = %(number)s)
   and (%(item)s::text is null or i.code = %(item)s)
   and (%(hold)s::boolean is null or (held.n > 0) = %(hold)s)
   and (%(zone_ids)s::int[] is null
        or exists (select from stock_interval s
                    where s.lot_id = l.id and s.to_time is null and s.zone_id = any (%(zone_ids)s)))
   and l.id > %(after)s
 order by l.id
 limit %(limit)s

-- lock_lots --
-- In the order of their ids, so that two people who need the same lots never wait for each other in a circle.
select id from lot where id = any (%(lot_ids)s) order by id for update

-- change_quantity --
update lot set quantity = quantity + %(by)s, version = version + 1 where id = %(lot_id)s

-- finish_lot --
-- A lot in the making is made.
update lot
   set quantity = %(quantity)s, expires_on = %(expires_on)s, received_at = %(now)s, version = version + 1,
       manufactured_on = %(manufactured_on)s
 where id = %(lot_id)s

-- set_quality_status --
update lot set quality_status = %(status)s, version = version + 1 where id = %(lot_id)s

-- standings --
select id, lot_id, zone_id, quantity, from_time, to_time, moved_by
  from stock_interval
 where lot_id = any (%(lot_ids)s) and (not %(now_only)s or to_time is null)
 order by lot_id, from_time, id

-- standings_during --
-- Half open on both sides.
select id, lot_id, zone_id, quantity, from_time, to_time, moved_by
  from stock_interval
 where zone_id = any (%(zone_ids)s)
   and (%(end)s::timestamptz is null or from_time < %(end)s)
   and (to_time is null or to_time > %(start)s)
 order by lot_id, from_time, id

-- last_change_there --
select max(coalesce(to_time, from_time))
  from stock_interval where lot_id = %(lot_id)s and zone_id = any (%(zone_ids)s)

-- leave --
update stock_interval set to_time = %(at)s where id = %(standing_id)s and to_time is null

-- stand --
insert into stock_interval (lot_id, zone_id, quantity, from_time, moved_by)
values (%(lot_id)s, %(zone_id)s, %(quantity)s, %(at)s, %(actor)s)

-- correct_standing --
-- Two changes in one moment: there was no time in which the first of them held.
update stock_interval set quantity = %(quantity)s where id = %(standing_id)s

-- place_hold --
-- One hold for one cause: an excursion that grows finds its own hold again instead of adding one.
insert into lot_hold (lot_id, cause, reason, placed_by, placed_at)
select id, %(cause)s, %(reason)s, %(actor)s, %(now)s from lot where id = %(lot_id)s
    on conflict (lot_id, cause) where lifted_at is null do nothing
returning id, lot_id, cause, reason, placed_by, placed_at, lifted_by, lifted_at, signature_id

-- active_hold --
select id, lot_id, cause, reason, placed_by, placed_at, lifted_by, lifted_at, signature_id
  from lot_hold
 where lot_id = %(lot_id)s and cause = %(cause)s and lifted_at is null

-- lift_hold --
update lot_hold
   set lifted_at = %(now)s, lifted_by = %(actor)s, signature_id = %(signature_id)s
 where id = %(hold_id)s and lifted_at is null
returning id, lot_id, cause, reason, placed_by, placed_at, lifted_by, lifted_at, signature_id

-- holds --
select id, lot_id, cause, reason, placed_by, placed_at, lifted_by, lifted_at, signature_id
  from lot_hold
 where (%(lot_ids)s::int[] is null or lot_id = any (%(lot_ids)s))
   and (%(cause)s::text is null or cause = %(cause)s)
 order by id

-- hold --
select id, lot_id, cause, reason, placed_by, placed_at, lifted_by, lifted_at, signature_id
  from lot_hold
 where id = %(hold_id)s

-- movement --
insert into stock_movement (lot_id, zone_id, container_id, quantity, kind, reference, at, recorded_at, moved_by)
values (%(lot_id)s, %(zone_id)s, %(container_id)s, %(quantity)s, %(kind)s, %(reference)s, %(at)s, %(now)s, %(actor)s)

-- movements --
select id, lot_id, zone_id, container_id, quantity, kind, reference, at, recorded_at, moved_by
  from stock_movement
 where lot_id = %(lot_id)s
 order by id

-- differences --
-- Lots whose stock is not the sum of the ledger, as a whole, at a place, or in a container: there are none.
select l.number as lot, 'lot' as what, l.quantity as stands, coalesce(sum(m.quantity), 0) as booked
  from lot l left join stock_movement m on m.lot_id = l.id
 group by l.id having l.quantity <> coalesce(sum(m.quantity), 0)
union all
select l.number, 'zone ' || k.zone_id, coalesce(s.quantity, 0), k.booked
  from (select lot_id, zone_id, sum(quantity) as booked from stock_movement group by lot_id, zone_id) k
  join lot l on l.id = k.lot_id
  left join stock_interval s on s.lot_id = k.lot_id and s.zone_id = k.zone_id and s.to_time is null
 where coalesce(s.quantity, 0) <> k.booked
union all
select l.number, 'container ' || c.number, c.quantity, coalesce(sum(m.quantity), 0)
  from container c join lot l on l.id = c.lot_id left join stock_movement m on m.container_id = c.id
 group by c.id, l.number having c.quantity <> coalesce(sum(m.quantity), 0)
 order by 1, 2

-- add_count --
insert into stock_count (number, lot_id, zone_id, container_id, booked, counted, reason, counted_by, counted_at,
                         signature_id)
values (%(number)s, %(lot_id)s, %(zone_id)s, %(container_id)s, %(booked)s, %(counted)s, %(reason)s, %(actor)s, %(now)s,
        %(signature_id)s)
returning id, number, lot_id, zone_id, container_id, booked, counted, reason, counted_by, counted_at, signature_id

-- counts --
select id, number, lot_id, zone_id, container_id, booked, counted, reason, counted_by, counted_at, signature_id
  from stock_count
 where %(lot_id)s::int is null or lot_id = %(lot_id)s
 order by id desc
 limit %(limit)s

-- reserve --
insert into stock_reservation (batch_id, line, shipment_id, lot_id, quantity, reserved_by, reserved_at)
values (%(batch_id)s, %(line)s, %(shipment_id)s, %(lot_id)s, %(quantity)s, %(actor)s, %(now)s)
returning id, batch_id, line, shipment_id, lot_id, quantity, reserved_by, reserved_at, ended_at, end_reason

-- reservations --
select id, batch_id, line, shipment_id, lot_id, quantity, reserved_by, reserved_at, ended_at, end_reason
  from stock_reservation
 where (%(batch_id)s::int is null or batch_id = %(batch_id)s) and (%(lot_id)s::int is null or lot_id = %(lot_id)s)
 order by id

-- end_reservation --
update stock_reservation
   set ended_at = %(now)s, ended_by = %(actor)s, end_reason = %(reason)s
 where id = %(id)s and ended_at is null

-- end_reservations_of --
-- What is on its way to a customer can't be given to anybody else.
update stock_reservation
   set ended_at = %(now)s, ended_by = %(actor)s, end_reason = %(reason)s
 where lot_id = %(lot_id)s and ended_at is null and not on_the_road

-- send_reservation --
update stock_reservation set on_the_road = true where id = %(id)s and ended_at is null

-- use_reservation --
update stock_reservation
   set quantity = case when quantity > %(by)s then quantity - %(by)s else quantity end,
       ended_at = case when quantity > %(by)s then null else %(now)s::timestamptz end,
       ended_by = case when quantity > %(by)s then null else %(actor)s::text end,
       end_reason = case when quantity > %(by)s then null else 'issued' end
 where id = %(id)s and ended_at is null
