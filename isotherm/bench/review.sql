-- person --
insert into person (username, printed_name, password_hash)
select u, upper(u), '' from unnest(array['operator', 'second']) u

-- place --
-- A line, and a point of it that is captured.
with place as (
    insert into site (code, name_en, name_zh) values ('bench', 'Bench', '测试') returning code
), machine as (
    insert into equipment (path, kind, name_en, name_zh) select code || '/line/1', 'line', 'Line', '线' from place
    returning id
), named as (
    insert into point (name) values ('bench/line/1/room') returning id
)
insert into measuring_point (point_id, equipment_id, measure, role, unit, name_en, name_zh, interval_s, stale_s)
select n.id, m.id, 'room', 'air', 'Cel', 'room', 'room', 30, 300 from named n, machine m

-- lots --
-- The lot that is made, and lots that went in.
with made as (
    insert into item (code, kind, name_en, name_zh, unit) values ('BENCH', 'product', 'Bench', '测试', 'kg') returning id
)
insert into lot (number, item_id, quality_status, quantity, unit, received_at, expires_on)
select 'B' || n, m.id, case n when 0 then 'quarantine' else 'released' end, 100, 'kg', %(begun)s, '2030-01-01'
  from made m, generate_series(0, %(lots)s) n

-- batch --
with planned as (
    insert into work_order (number, item_id, equipment_id, quantity, unit, status, planned_by, planned_at)
    select 'WO-1', i.id, e.id, 100, 'kg', 'completed', 'bench', %(begun)s from item i, equipment e returning id
)
insert into batch_record (order_id, lot_id, number, status, issued_at, started_at, ended_at, document, document_sha256)
select p.id, l.id, l.number, 'qa_review', %(begun)s, %(begun)s, %(now)s, %(document)s, %(sha256)s
  from planned p join lot l on l.number = 'B0'
returning id

-- signature --
insert into signature (person_id, printed_name, role, meaning, reason, record_type, record_id, record_version, content,
                       content_sha256, auth_method, terminal, signed_at)
select id, printed_name, 'operator', 'performed', 'done', 'batch_step', '0', 1, '{}', repeat('0', 64), 'password', '',
       %(now)s
  from person where username = 'operator'
returning id

-- operations --
insert into batch_operation (batch_id, position, code, name_en, name_zh, status, equipment_id, started_at, started_by,
                             done_at, done_by, signature_id)
select %(batch_id)s, n, 'o' || n, 'Operation', '工序', 'done', e.id, %(begun)s, 'operator', %(now)s, 'OPERATOR',
       %(signature_id)s
  from generate_series(1, %(operations)s) n, equipment e

-- steps --
-- Every fifth critical, with its second person; every twentieth a capture.
insert into batch_step (operation_id, position, code, kind, critical, mandatory, status, opened_at, done_at, done_by,
                        performer_id, signature_id, verified_by, verified_at, verify_signature_id)
select o.id, n, 's' || n, case when n %% 20 = 0 then 'capture' else 'value' end, n %% 5 = 0, true, 'done', %(begun)s,
       %(now)s, 'OPERATOR', p.id, %(signature_id)s, case when n %% 5 = 0 then 'SECOND' end, %(now)s,
       case when n %% 5 = 0 then %(signature_id)s::int end
  from batch_operation o, generate_series(1, %(each)s) n, person p
 where p.username = 'operator'

-- values --
insert into batch_value (step_id, name, number, unit, verdict, source, observed_at, entered_at, entered_by)
select s.id, 'value', 7.4, 'pH', 'within', 'typed', %(now)s, %(now)s, 'OPERATOR' from batch_step s
 where s.kind = 'value' order by s.id

-- corrections --
-- Every tenth value was changed.
insert into batch_value (step_id, name, number, unit, verdict, source, observed_at, entered_at, entered_by,
                         supersedes_id, reason, signature_id)
select step_id, name, 7.5, unit, 'within', 'typed', %(now)s, %(now)s, 'OPERATOR', id, 'typed wrong', %(signature_id)s
  from batch_value where id %% 10 = 0

-- captures --
insert into batch_capture (step_id, point_id, tag, window_start, window_end, n, min, max, mean, unit, gap_s,
                           coverage_pct, raw_sha256, covered, verdict, taken_at, taken_by)
select s.id, p.id, p.name, %(begun)s, %(now)s, 120, 20, 22, 21, 'Cel', 0, 100, repeat('0', 64), true, 'within', %(now)s,
       'operator'
  from batch_step s, point p where s.kind = 'capture'

-- issues --
insert into material_issue (batch_id, lot_id, quantity, unit, issued_by, issued_at, idempotency_key)
select %(batch_id)s, id, 1.25, 'kg', 'operator', %(now)s, 'issue ' || id from lot where number <> 'B0'

-- exceptions --
-- Each corrected value is one.
insert into batch_exception (batch_id, key, kind, severity, said, operation_id, step_id, status, raised_by, raised_at,
                             comment)
select %(batch_id)s, 'correction:' || v.id, 'correction', 'minor', '{}', s.operation_id, s.id, 'commented', 'operator',
       %(now)s, 'typed wrong'
  from batch_value v join batch_step s on s.id = v.step_id where v.supersedes_id is not null

-- trail --
-- Of this batch: a row for every value, signature and step.
insert into audit (seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash)
select n, %(now)s, 'operator', 'batch_step.report', 'batch_step', n::text, null,
       json_build_object('batch_id', %(batch_id)s::int, 'value', '7.4'), '', repeat('0', 64), lpad(n::text, 64, '0')
  from generate_series(1, %(rows)s) n

-- reviewed --
-- The trail was looked through to its end.
insert into audit_review (scope, subject, last_seq, row_count, rows_sha256, findings, conclusion, signature_id,
                          reviewed_by, reviewed_at)
values ('batch', %(batch_id)s::text, %(rows)s::bigint, %(rows)s::bigint, repeat('0', 64), 'none', 'no_findings', %(signature_id)s, 'qa',
        %(now)s)

-- elsewhere_trail --
insert into audit (seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash)
select n, %(now)s, 'operator', 'batch_step.report', 'batch_step', n::text, null,
       json_build_object('batch_id', 1000000 + n / 1000, 'value', '7.4'), '', repeat('0', 64), lpad(n::text, 64, '0')
  from generate_series(%(rows)s + 1, %(rows)s + %(elsewhere)s) n

-- elsewhere_cleanings --
insert into cleaning (equipment_id, method, started_by, started_at, finished_by, finished_at, checked_by, checked_at,
                      passed)
select e.id, 'water', 'operator', at, 'OPERATOR', at, 'SECOND', at, true
  from equipment e, generate_series(1, %(elsewhere)s / 10) n, lateral (select %(begun)s::timestamptz - n * interval '1 hour' as at) t

-- elsewhere_deviations --
insert into deviation (number, status, title_en, title_zh, occurred_at, opened_at, opened_by)
select 'DEV-' || n, 'closed', 'Deviation', '偏差', %(begun)s, %(begun)s, 'qa'
  from generate_series(1, %(elsewhere)s / 10) n

-- elsewhere_zone --
insert into zone (code, site, area, kind, name_en, name_zh) values ('bench', 'bench', '', 'room', 'Bench', '测试')

-- elsewhere_excursions --
insert into excursion (number, zone_id, condition, status, started_at, ended_at, opened_at)
select 'EXC-' || n, z.id, 'cleared', 'open', %(begun)s, %(begun)s, %(begun)s
  from zone z, generate_series(1, %(elsewhere)s / 1000) n
