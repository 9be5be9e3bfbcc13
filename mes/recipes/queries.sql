-- add --
insert into master_record (product, number, batch_size, status, document, reason, authored_by, authored_at)
select %(product)s, 1 + coalesce(max(number), 0), %(batch_size)s, 'draft', %(document)s, %(reason)s, %(actor)s, %(now)s
  from master_record where product = %(product)s
returning *

-- lock_product --
select from item where code = %(product)s for update

-- recipe --
select * from master_record where id = %(id)s

-- lock --
select * from master_record where id = %(id)s for update

-- recipes --
-- By product, newest first; every filter that is null is no filter.
select * from master_record
 where (%(product)s::text is null or product = %(product)s)
   and (%(statuses)s::text[] is null or status = any (%(statuses)s))
 order by product, number desc

-- effective_for --
-- Of several batch sizes in force the one asked for; else the only one, or the newest.
select * from master_record
 where product = %(product)s and status = 'effective'
 order by (batch_size = %(quantity)s) desc nulls last, number desc
 limit 1

-- write --
update master_record
   set document = %(document)s, batch_size = %(batch_size)s, reason = %(reason)s, authored_by = %(actor)s,
       authored_at = %(now)s, version = version + 1
 where id = %(id)s
returning *

-- step --
-- What a step doesn't say stays as it is.
update master_record
   set status = %(status)s, version = version + 1, change = coalesce(%(change)s, change),
       effective_from = coalesce(%(effective_from)s, effective_from),
       author_signature_id = coalesce(%(author_signature_id)s, author_signature_id),
       approval_signature_id = coalesce(%(approval_signature_id)s, approval_signature_id)
 where id = %(id)s
returning *

-- supersede --
update master_record set status = 'superseded', effective_to = %(now)s, version = version + 1
 where product = %(product)s and batch_size = %(batch_size)s and status = 'effective' and id <> %(id)s
returning id

-- install --
insert into master_record (product, number, batch_size, status, document, reason, authored_by, authored_at,
                           effective_from, installed)
values (%(product)s, %(number)s, %(batch_size)s, 'effective', %(document)s, %(reason)s, %(actor)s, %(now)s, %(now)s,
        true)
returning *

-- known_items --
select code, unit from item where code = any (%(codes)s) and retired_at is null

-- known_measures --
select distinct measure from measuring_point where retired_at is null

-- known_points --
select p.name from measuring_point m join point p on p.id = m.point_id
 where p.name = any (%(names)s) and m.retired_at is null
