-- entries --
-- Newest first. Every filter that is null is no filter.
select seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash
  from audit
 where (%(entity)s::text is null or entity = %(entity)s)
   and (%(entity_id)s::text is null or entity_id = %(entity_id)s)
   and (%(actor)s::text is null or actor = %(actor)s)
   and (%(action)s::text is null or action = %(action)s)
   and (%(since)s::timestamptz is null or at >= %(since)s)
   and (%(until)s::timestamptz is null or at < %(until)s)
   and (%(below)s::bigint is null or seq < %(below)s)
   and (not %(changed)s or (before is not null and before::text not in ('{}', 'null') and action not like '%%.refused'))
 order by seq desc
 limit %(limit)s

-- actors --
-- Who took any of these acts with a record; `number`: with this version of it.
select distinct actor from audit
 where entity = %(entity)s and entity_id = %(entity_id)s and action = any (%(actions)s)
   and (%(number)s::int is null or after ->> 'number' = %(number)s::int::text)

-- chain --
select seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash from audit order by seq

-- chain_from --
select seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash from audit
 where seq >= %(seq)s order by seq limit %(most)s

-- head --
select seq, hash as head from audit order by seq desc limit 1

-- keep_checkpoint --
insert into audit_checkpoint (day, at, seq, head, count)
select %(day)s, %(now)s, last.seq, last.hash, (select count(*) from audit where seq <= last.seq)
  from (select seq, hash from audit order by seq desc limit 1) last
 where not exists (select from audit_checkpoint where day = %(day)s)
    on conflict (day) do nothing
returning day, at, seq, head, count

-- checkpoints --
select day, at, seq, head, count from audit_checkpoint order by day

-- review_rows --
-- Rows that a review is about, oldest first; `newest`: the last ones, newest first.
select a.seq, a.at, a.actor, a.action, a.entity, a.entity_id, a.before, a.after, a.reason, a.prev_hash, a.hash
  from audit a
 where a.seq <= %(last_seq)s
   and a.seq > %(after_seq)s
   and (%(from_time)s::timestamptz is null or a.at >= %(from_time)s)
   and (%(to_time)s::timestamptz is null or a.at < %(to_time)s)
   and case %(scope)s
       when 'person' then a.actor = %(subject)s or a.after ->> 'signer' = %(subject)s
       when 'changed' then true
       else a.entity = %(scope)s and a.entity_id = %(subject)s
       end
   and (%(scope)s <> 'changed' or (a.before is not null and a.before::text not in ('{}', 'null')
        and a.action not like '%%.refused'))
   and a.entity <> 'audit_review'
 order by case when %(newest)s then -a.seq else a.seq end
 limit %(limit)s

-- batch_rows --
-- Of a batch: its own rows, those of its order, its lot and of each operation, step, value, clearance, exception, proof
-- and dispensing in it, and every row whose facts name it. Oldest first; `newest`: the last ones, newest first.
with batch as (
    select id, order_id, lot_id from batch_record
     where id = case when %(subject)s ~ '^[0-9]{1,9}$' then %(subject)s::int end
), step as (
    select s.id from batch_step s join batch_operation o on o.id = s.operation_id join batch b on b.id = o.batch_id
), own (entity, entity_id) as (
    select kind, b.id::text from batch b, unnest('{batch, batch_record}'::text[]) as kind
    union all select kind, b.order_id::text from batch b, unnest('{order, work_order}'::text[]) as kind
    union all select 'lot', b.lot_id::text from batch b
    union all select 'batch_operation', o.id::text from batch_operation o join batch b on b.id = o.batch_id
    union all select 'batch_step', id::text from step
    union all select 'batch_value', v.id::text from batch_value v join step on step.id = v.step_id
    union all select 'line_clearance', c.id::text from line_clearance c join batch b on b.id = c.batch_id
    union all select 'batch_exception', e.id::text from batch_exception e join batch b on b.id = e.batch_id
    union all select 'batch_evidence', e.id::text from batch_evidence e join batch b on b.id = e.batch_id
    union all select 'dispensing', d.id::text from dispensing d join batch b on b.id = d.batch_id
), about as (
    select a.seq from own join audit a on a.entity = own.entity and a.entity_id = own.entity_id
    union
    select a.seq from audit a where coalesce(a.after ->> 'batch_id', a.before ->> 'batch_id') = %(subject)s
)
select a.seq, a.at, a.actor, a.action, a.entity, a.entity_id, a.before, a.after, a.reason, a.prev_hash, a.hash
  from about join audit a on a.seq = about.seq
 where a.seq <= %(last_seq)s
   and a.seq > %(after_seq)s
   and (%(from_time)s::timestamptz is null or a.at >= %(from_time)s)
   and (%(to_time)s::timestamptz is null or a.at < %(to_time)s)
   and a.entity <> 'audit_review'
 order by case when %(newest)s then -a.seq else a.seq end
 limit %(limit)s

-- keep_review --
insert into audit_review (scope, subject, from_time, to_time, last_seq, row_count, rows_sha256, findings, conclusion,
                          signature_id, reviewed_by, reviewed_at)
values (%(scope)s, %(subject)s, %(from_time)s, %(to_time)s, %(last_seq)s, %(row_count)s, %(rows_sha256)s, %(findings)s,
        %(conclusion)s, %(signature_id)s, %(reviewed_by)s, %(now)s)
returning id

-- reviews --
-- Newest first. Every filter that is null is no filter.
select id, scope, subject, from_time, to_time, last_seq, row_count, rows_sha256, findings, conclusion, signature_id,
       reviewed_by, reviewed_at
  from audit_review
 where (%(scope)s::text is null or scope = %(scope)s) and (%(subject)s::text is null or subject = %(subject)s)
   and (%(id)s::int is null or id = %(id)s)
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- entities --
-- Each kind once, by hopping along the index: the trail of years is not read for a handful of words.
with recursive hop as (
    (select entity from audit order by entity limit 1)
    union all
    select (select a.entity from audit a where a.entity > hop.entity order by a.entity limit 1)
      from hop where hop.entity is not null
)
select entity from hop where entity is not null
