-- containers --
-- Every filter that is null is no filter.
select id, number, lot_id, zone_id, quantity, parent_id, made_by, made_at, version
  from container
 where (%(lot_ids)s::int[] is null or lot_id = any (%(lot_ids)s))
   and (%(number)s::text is null or number = %(number)s)
   and (%(container_id)s::int is null or id = %(container_id)s)
   and (not %(full_only)s or quantity > 0)
 order by id

-- add_container --
insert into container (number, lot_id, zone_id, quantity, parent_id, made_by, made_at)
values (%(number)s, %(lot_id)s, %(zone_id)s, 0, %(parent_id)s, %(actor)s, %(now)s)
    on conflict (number) do nothing
returning id

-- fill_container --
update container
   set quantity = quantity + %(by)s, zone_id = %(zone_id)s, version = version + 1
 where id = %(container_id)s
