-- issue_batch --
insert into batch_record (order_id, number, lot_id, status, issued_at, issued_by, document, document_sha256)
values (%(order_id)s, %(number)s, %(lot_id)s, 'issued', %(now)s, %(actor)s, %(document)s, %(sha256)s)
returning id

-- batches --
select id, order_id, lot_id, number, status, issued_at, started_at, ended_at, version, document, document_sha256
  from batch_record
 where (%(batch_id)s::int is null or id = %(batch_id)s)
   and (%(order_id)s::int is null or order_id = %(order_id)s)
   and (%(number)s::text is null or number = %(number)s)
   and (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- batch_that_made --
select id, order_id, lot_id, number, status, issued_at, started_at, ended_at, version, document, document_sha256
  from batch_record
 where lot_id = %(lot_id)s
 order by id desc
 limit 1

-- lock_batch --
select id from batch_record where id = %(batch_id)s for update

-- step_batch --
update batch_record
   set status = %(status)s, version = version + 1,
       started_at = case %(status)s when 'in_execution' then coalesce(started_at, %(now)s) else started_at end,
       ended_at = case when %(status)s in ('executed', 'rejected') then coalesce(ended_at, %(now)s) else ended_at end,
       concluded_at = case when %(status)s in ('released', 'rejected') then %(now)s else concluded_at end
 where id = %(batch_id)s

-- batches_of_lots --
-- Batches that these lots went into.
select distinct b.id, b.order_id, b.lot_id, b.number, b.status, b.issued_at, b.started_at, b.ended_at, b.version,
       b.document, b.document_sha256
  from batch_record b
  join material_issue m on m.batch_id = b.id
 where m.lot_id = any (%(lot_ids)s)
 order by b.id

-- add_operation --
insert into batch_operation (batch_id, position, code, name_en, name_zh, status, equipment_id)
values (%(batch_id)s, %(position)s, %(code)s, %(name_en)s, %(name_zh)s, %(status)s, %(equipment_id)s)
returning id

-- add_step --
insert into batch_step (operation_id, position, code, kind, critical, mandatory, status)
values (%(operation_id)s, %(position)s, %(code)s, %(kind)s, %(critical)s, %(mandatory)s, 'pending')

-- operations --
-- Every filter that is null is no filter.
select id, batch_id, position, code, name_en, name_zh, status, equipment_id, note, started_at, started_by, done_at,
       done_by, signature_id, version
  from batch_operation
 where (%(batch_ids)s::int[] is null or batch_id = any (%(batch_ids)s))
   and (%(operation_id)s::int is null or id = %(operation_id)s)
   and (%(equipment_id)s::int is null or equipment_id = %(equipment_id)s)
   and (%(statuses)s::text[] is null or status = any (%(statuses)s))
 order by batch_id, position

-- lock_operation --
select id from batch_operation where id = %(operation_id)s for update

-- put_operation --
update batch_operation
   set status = %(status)s, equipment_id = %(equipment_id)s, note = %(note)s, started_at = %(started_at)s,
       started_by = %(started_by)s, done_at = %(done_at)s, done_by = %(done_by)s, signature_id = %(signature_id)s,
       version = version + 1
 where id = %(id)s

-- last_on_machine --
-- What ran last on a machine, other than this batch: whose clearance it is.
select o.id, o.batch_id, o.position, o.code, o.name_en, o.name_zh, o.status, o.equipment_id, o.note, o.started_at,
       o.started_by, o.done_at, o.done_by, o.signature_id, o.version
  from batch_operation o
 where o.equipment_id = %(equipment_id)s and o.batch_id <> %(batch_id)s and o.started_at is not null
 order by o.started_at desc, o.id desc
 limit 1

-- steps --
select s.id, s.operation_id, s.position, s.code, s.kind, s.critical, s.mandatory, s.status, s.opened_at, s.done_at,
       s.done_by, s.performer_id, s.signature_id, s.verified_by, s.verified_at, s.verify_signature_id, s.note, s.version
  from batch_step s
  join batch_operation o on o.id = s.operation_id
 where (%(batch_id)s::int is null or o.batch_id = %(batch_id)s)
   and (%(operation_id)s::int is null or s.operation_id = %(operation_id)s)
   and (%(step_id)s::int is null or s.id = %(step_id)s)
 order by o.batch_id, o.position, s.position

-- lock_step --
select id from batch_step where id = %(step_id)s for update

-- put_step --
update batch_step
   set status = %(status)s, opened_at = %(opened_at)s, done_at = %(done_at)s, done_by = %(done_by)s,
       performer_id = %(performer_id)s, signature_id = %(signature_id)s, verified_by = %(verified_by)s,
       verified_at = %(verified_at)s, verify_signature_id = %(verify_signature_id)s, note = %(note)s,
       version = version + 1
 where id = %(id)s

-- add_value --
insert into batch_value (step_id, name, number, text, unit, verdict, source, observed_at, entered_at, entered_by,
                         supersedes_id, reason, signature_id)
values (%(step_id)s, %(name)s, %(number)s, %(text)s, %(unit)s, %(verdict)s, %(source)s, %(observed_at)s, %(now)s,
        %(actor)s, %(supersedes_id)s, %(reason)s, %(signature_id)s)
returning id

-- values --
-- All of them, old ones too.
select v.id, v.step_id, v.name, v.number, v.text, v.unit, v.verdict, v.source, v.observed_at, v.entered_at,
       v.entered_by, v.supersedes_id, v.reason, v.signature_id,
       not exists (select from batch_value later where later.supersedes_id = v.id) as in_force
  from batch_value v
  join batch_step s on s.id = v.step_id
  join batch_operation o on o.id = s.operation_id
 where (%(batch_id)s::int is null or o.batch_id = %(batch_id)s)
   and (%(operation_id)s::int is null or o.id = %(operation_id)s)
   and (%(step_id)s::int is null or v.step_id = %(step_id)s)
   and (%(value_id)s::bigint is null or v.id = %(value_id)s)
 order by v.id

-- add_capture --
insert into batch_capture (step_id, point_id, tag, window_start, window_end, n, min, max, mean, unit, gap_s,
                           coverage_pct, raw_sha256, covered, verdict, taken_at, taken_by, supersedes_id)
values (%(step_id)s, %(point_id)s, %(tag)s, %(window_start)s, %(window_end)s, %(n)s, %(min)s, %(max)s, %(mean)s,
        %(unit)s, %(gap_s)s, %(coverage_pct)s, %(raw_sha256)s, %(covered)s, %(verdict)s, %(now)s, %(actor)s,
        %(supersedes_id)s)
returning id

-- captures --
-- All of them, old ones too. `lacking`: only those in force that know too little of a window that ended since then.
select c.id, c.step_id, c.point_id, c.tag, c.window_start, c.window_end, c.n, c.min, c.max, c.mean, c.unit, c.gap_s,
       c.coverage_pct, c.raw_sha256, c.covered, c.verdict, c.taken_at, c.taken_by, c.supersedes_id,
       not exists (select from batch_capture later where later.supersedes_id = c.id) as in_force
  from batch_capture c
  join batch_step s on s.id = c.step_id
  join batch_operation o on o.id = s.operation_id
 where (%(batch_id)s::int is null or o.batch_id = %(batch_id)s)
   and (%(operation_id)s::int is null or o.id = %(operation_id)s)
   and (%(step_id)s::int is null or c.step_id = %(step_id)s)
   and (%(lacking_since)s::timestamptz is null
        or (not c.covered and c.window_end >= %(lacking_since)s
            and not exists (select from batch_capture later where later.supersedes_id = c.id)))
 order by c.id

-- batch_of_step --
select o.batch_id from batch_step s join batch_operation o on o.id = s.operation_id where s.id = %(step_id)s

-- clear --
insert into line_clearance (equipment_id, batch_id, operation_id, before_batch, found, recorded_by, recorder_id,
                            recorded_at, signature_id)
values (%(equipment_id)s, %(batch_id)s, %(operation_id)s, %(before_batch)s, %(found)s, %(actor)s, %(recorder_id)s,
        %(now)s, %(signature_id)s)
returning id

-- check_clearance --
insert into line_clearance_check (clearance_id, passed, remark, checked_by, checked_at, signature_id)
values (%(clearance_id)s, %(passed)s, %(remark)s, %(checked_by)s, %(now)s, %(signature_id)s)
    on conflict (clearance_id) do nothing

-- clearances --
select l.id, l.equipment_id, l.batch_id, l.operation_id, l.before_batch, l.found, l.recorded_by, l.recorder_id,
       l.recorded_at, l.signature_id, c.passed, c.remark, c.checked_by, c.checked_at,
       c.signature_id as check_signature_id
  from line_clearance l
  left join line_clearance_check c on c.clearance_id = l.id
 where (%(batch_id)s::int is null or l.batch_id = %(batch_id)s)
   and (%(operation_id)s::int is null or l.operation_id = %(operation_id)s)
   and (%(clearance_id)s::int is null or l.id = %(clearance_id)s)
 order by l.id

-- print --
insert into batch_print (batch_id, copy, reason, printed_by, printed_at)
select %(batch_id)s, coalesce(max(copy), 0) + 1, %(reason)s, %(actor)s, %(now)s
  from batch_print where batch_id = %(batch_id)s
returning batch_id, copy, reason, printed_by, printed_at

-- prints --
select batch_id, copy, reason, printed_by, printed_at from batch_print where batch_id = %(batch_id)s order by copy
