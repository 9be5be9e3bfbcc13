-- of_lots --
-- What was refused changed nothing and is not told.
select entity_id::int as lot_id, at, before ->> 'quality_status' as before, after ->> 'quality_status' as after
  from audit
 where entity = 'lot' and entity_id = any (%(lot_ids)s::text[])
   and action in ('lot.release', 'lot.reject', 'lot.quarantine')
 order by seq
