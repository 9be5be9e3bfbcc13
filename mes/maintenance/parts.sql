-- parts --
select id, number, definition, stock, retired from spare_part
 where (%(with_retired)s or not retired)
 order by number

-- part --
select id, number, definition, stock, retired from spare_part where id = %(id)s

-- move --
-- The row is locked by whoever comes first: the second sees what is left.
update spare_part set stock = stock + %(quantity)s where id = %(id)s and stock + %(quantity)s >= 0

-- book --
insert into part_movement (part_id, kind, quantity, order_id, reason, actor, at)
values (%(id)s, %(kind)s, %(quantity)s, %(order_id)s, %(reason)s, %(actor)s, %(now)s)

-- movements --
select m.id, m.part_id, p.number, m.kind, m.quantity, m.order_id, m.reason, m.actor, m.at
  from part_movement m join spare_part p on p.id = m.part_id
 where (%(part_id)s::int is null or m.part_id = %(part_id)s)
   and (%(order_id)s::int is null or m.order_id = %(order_id)s)
 order by m.id desc
 limit %(limit)s

-- used_in --
-- What an order took and did not bring back.
select p.id as part_id, p.number, p.definition, -sum(m.quantity) as quantity
  from part_movement m join spare_part p on p.id = m.part_id
 where m.order_id = %(order_id)s
 group by p.id
having sum(m.quantity) <> 0
 order by p.number

-- differing --
-- Parts whose stock is not what their movements say: none, always.
select p.number from spare_part p left join part_movement m on m.part_id = p.id
 group by p.id having p.stock <> coalesce(sum(m.quantity), 0)
 order by p.number
