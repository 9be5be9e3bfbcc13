-- lock_batch --
-- Issues into one batch wait for each other, so that two of them never pass one tolerance.
select pg_advisory_xact_lock(5023, %(batch_id)s)

-- issue --
insert into material_issue (batch_id, lot_id, quantity, unit, issued_by, issued_at, idempotency_key, line, container_id,
                            step_id, warnings, override_reason, signature_id)
values (%(batch_id)s, %(lot_id)s, %(quantity)s, %(unit)s, %(actor)s, %(now)s, %(key)s, %(line)s, %(container_id)s,
        %(step_id)s, %(warnings)s, %(override_reason)s, %(signature_id)s)
    on conflict (idempotency_key) do nothing
returning id

-- issues --
-- Every filter that is null is no filter.
select m.id, m.batch_id, m.lot_id, m.quantity, m.unit, m.issued_by, m.issued_at, m.idempotency_key, m.line,
       m.container_id, m.step_id, m.warnings, m.override_reason, m.signature_id, back.quantity as returned
  from material_issue m
 cross join lateral (select coalesce(sum(r.quantity), 0) as quantity
                       from material_return r where r.issue_id = m.id) back
 where (%(batch_id)s::int is null or m.batch_id = %(batch_id)s)
   and (%(key)s::text is null or m.idempotency_key = %(key)s)
   and (%(issue_id)s::bigint is null or m.id = %(issue_id)s)
 order by m.id

-- return --
insert into material_return (issue_id, quantity, zone_id, reason, returned_by, returned_at, idempotency_key)
values (%(issue_id)s, %(quantity)s, %(zone_id)s, %(reason)s, %(actor)s, %(now)s, %(key)s)
    on conflict (idempotency_key) do nothing
returning id, issue_id, quantity, zone_id, reason, returned_by, returned_at, idempotency_key

-- returns --
select r.id, r.issue_id, r.quantity, r.zone_id, r.reason, r.returned_by, r.returned_at, r.idempotency_key
  from material_return r
  join material_issue m on m.id = r.issue_id
 where (%(batch_id)s::int is null or m.batch_id = %(batch_id)s)
   and (%(key)s::text is null or r.idempotency_key = %(key)s)
 order by r.id

-- add_check --
insert into scale_check (point_id, nominal, tolerance, shown, passed, weight_no, checked_by, checked_at)
values (%(point_id)s, %(nominal)s, %(tolerance)s, %(shown)s, %(passed)s, %(weight_no)s, %(actor)s, %(now)s)
returning id, point_id, nominal, tolerance, shown, passed, weight_no, checked_by, checked_at

-- last_check --
select id, point_id, nominal, tolerance, shown, passed, weight_no, checked_by, checked_at
  from scale_check where point_id = %(point_id)s order by id desc limit 1

-- plan_dispensing --
insert into dispensing (number, batch_id, line, lot_id, reservation_id, target, low, high, status)
values (%(number)s, %(batch_id)s, %(line)s, %(lot_id)s, %(reservation_id)s, %(target)s, %(low)s, %(high)s, 'planned')
returning id

-- lock_dispensing --
select id from dispensing where id = %(id)s for update

-- dispensings --
select id, number, batch_id, line, lot_id, reservation_id, target, low, high, status, zone_id, point_id, tare, gross,
       net, evidence, container_id, source_id, weighed_by, weighed_at, weigher_id, signature_id, ended_reason, version
  from dispensing
 where (%(id)s::int is null or id = %(id)s)
   and (%(batch_id)s::int is null or batch_id = %(batch_id)s)
   and (%(number)s::text is null or number = %(number)s)
   and (%(container_id)s::int is null or container_id = %(container_id)s)
   and (%(statuses)s::text[] is null or status = any (%(statuses)s))
 order by id

-- step_dispensing --
update dispensing
   set status = %(status)s, version = version + 1, zone_id = %(zone_id)s, point_id = %(point_id)s, tare = %(tare)s,
       gross = %(gross)s, net = %(net)s, evidence = %(evidence)s, container_id = %(container_id)s,
       source_id = %(source_id)s, weighed_by = %(weighed_by)s, weighed_at = %(weighed_at)s, weigher_id = %(weigher_id)s,
       signature_id = %(signature_id)s, ended_reason = %(ended_reason)s
 where id = %(id)s
