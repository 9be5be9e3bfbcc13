-- units --
select item, unit, factor, version from item_unit
 where (%(items)s::text[] is null or item = any (%(items)s))
 order by item, factor, unit

-- trade --
select gtin, item, level, quantity from item_gtin
 where (%(items)s::text[] is null or item = any (%(items)s))
 order by item, quantity, gtin

-- lock_item --
select code from item where code = %(code)s for update

-- put_unit --
insert into item_unit (item, unit, factor) values (%(item)s, %(unit)s, %(factor)s)
    on conflict (item, unit) do update set factor = excluded.factor, version = item_unit.version + 1

-- add_gtin --
insert into item_gtin (gtin, item, level, quantity) values (%(gtin)s, %(item)s, %(level)s, %(quantity)s)
    on conflict (gtin) do nothing

-- gtin --
select gtin, item, level, quantity from item_gtin where gtin = %(gtin)s
