-- setting --
select separators, reason, set_by, set_at from scanner_setting order by id desc limit 1

-- set --
insert into scanner_setting (separators, reason, set_by, set_at)
values (%(separators)s, %(reason)s, %(actor)s, %(now)s)

-- capture --
insert into drug_code (code, lot_id, parent_code, captured_by, captured_at)
values (%(code)s, %(lot_id)s, %(parent)s, %(actor)s, %(now)s)
    on conflict (code) do nothing
returning code, lot_id, parent_code, captured_by, captured_at

-- drug_code --
select code, lot_id, parent_code, captured_by, captured_at from drug_code where code = %(code)s

-- drug_codes --
select code, lot_id, parent_code, captured_by, captured_at
  from drug_code
 where lot_id = %(lot_id)s and code > %(after)s
 order by code
 limit %(limit)s

-- item_of_gtin --
select item from item_gtin where gtin = %(gtin)s

-- gtin_of_item --
-- Of one unit, if it has a number of its own; else of the smallest pack.
select gtin from item_gtin where item = %(item)s order by quantity, gtin limit 1
