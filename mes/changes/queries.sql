-- draft --
insert into change_control (number, kind, subject, products, title, description, reason, status, regulatory,
                            blocks_orders, author, opened_at)
values (%(number)s, %(kind)s, %(subject)s, %(products)s, %(title)s, %(description)s, %(reason)s, 'draft',
        %(regulatory)s, %(blocks_orders)s, %(actor)s, %(now)s)
returning id

-- change --
select id, number, kind, class as class_, subject, products, title, description, reason, status, regulatory,
       regulatory_ref, blocks_orders, author, verified_by, opened_at, effective_at, closed_at, approval_id,
       signature_id, version
  from change_control where id = %(id)s

-- lock --
select from change_control where id = %(id)s for update

-- changes --
-- Newest first; every filter that is null is no filter.
select id, number, kind, class as class_, subject, products, title, description, reason, status, regulatory,
       regulatory_ref, blocks_orders, author, verified_by, opened_at, effective_at, closed_at, approval_id,
       signature_id, version
  from change_control
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(subject)s::text is null or subject = %(subject)s)
   and (%(product)s::text is null or %(product)s = any (products))
   and (%(number)s::text is null or number = %(number)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- step --
-- What a step doesn't say stays as it is.
update change_control
   set status = %(status)s, version = version + 1, class = coalesce(%(class)s, class),
       verified_by = coalesce(%(verified_by)s, verified_by),
       regulatory_ref = coalesce(%(regulatory_ref)s, regulatory_ref),
       effective_at = coalesce(%(effective_at)s, effective_at), closed_at = coalesce(%(closed_at)s, closed_at),
       approval_id = coalesce(%(approval_id)s, approval_id), signature_id = coalesce(%(signature_id)s, signature_id)
 where id = %(id)s

-- say_impact --
insert into change_impact (change_id, department, affected, said, said_by, said_at)
values (%(change_id)s, %(department)s, %(affected)s, %(said)s, %(actor)s, %(now)s)
on conflict (change_id, department)
   do update set affected = excluded.affected, said = excluded.said, said_by = excluded.said_by, said_at = excluded.said_at

-- impacts --
select * from change_impact where change_id = %(change_id)s order by department

-- touch --
update change_control set version = version + 1 where id = %(id)s

-- use --
insert into change_use (change_id, subject, what, used_by, used_at)
values (%(change_id)s, %(subject)s, %(what)s, %(actor)s, %(now)s)

-- uses --
select change_id, subject, what, used_by, used_at from change_use where change_id = %(change_id)s order by id

-- look_at_batch --
insert into change_batch (change_id, batch, said, signature_id, looked_at)
values (%(change_id)s, %(batch)s, %(said)s, %(signature_id)s, %(now)s)
on conflict do nothing

-- batches --
select * from change_batch
 where (%(change_id)s::int is null or change_id = %(change_id)s) and (%(batch)s::text is null or batch = %(batch)s)
 order by looked_at, batch

-- due_for --
-- Major changes of a product that took effect before a batch began and still ask for batches to be looked at.
select c.id, c.number, c.kind, c.class as class_, c.subject, c.products, c.title, c.description, c.reason, c.status,
       c.regulatory, c.regulatory_ref, c.blocks_orders, c.author, c.verified_by, c.opened_at, c.effective_at,
       c.closed_at, c.approval_id, c.signature_id, c.version
  from change_control c
 where %(product)s = any (c.products) and c.class = 'major' and c.effective_at <= %(began_at)s
   and c.status = 'effective'
   and (select count(*) from change_batch b where b.change_id = c.id and b.batch <> %(batch)s) < %(batches)s
 order by c.id
