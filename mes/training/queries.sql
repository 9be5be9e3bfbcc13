-- record --
insert into training_record (person_id, version_id, passed, method, trained_on, valid_until, trainer, signature_id,
                             recorded_at)
values (%(person_id)s, %(version_id)s, %(passed)s, %(method)s, %(trained_on)s, %(valid_until)s, %(trainer)s,
        %(signature_id)s, %(now)s)
returning id

-- records --
-- Oldest first. Every filter that is null is no filter.
select t.id, t.person_id, p.username, p.printed_name, t.version_id, d.code, v.number, t.passed, t.method, t.trained_on,
       t.valid_until, t.trainer, t.signature_id, t.recorded_at
  from training_record t
  join person p on p.id = t.person_id
  join document_version v on v.id = t.version_id
  join document d on d.id = v.document_id
 where (%(id)s::int is null or t.id = %(id)s) and (%(person_id)s::int is null or t.person_id = %(person_id)s)
   and (%(codes)s::text[] is null or d.code = any (%(codes)s))
 order by t.id

-- newest_records --
-- Newest first, of whom and of what a text names. Every filter that is null is no filter.
select t.id, t.person_id, p.username, p.printed_name, t.version_id, d.code, v.number, t.passed, t.method, t.trained_on,
       t.valid_until, t.trainer, t.signature_id, t.recorded_at
  from training_record t
  join person p on p.id = t.person_id
  join document_version v on v.id = t.version_id
  join document d on d.id = v.document_id
 where (%(below)s::int is null or t.id < %(below)s)
   and (%(named)s::text is null or strpos(lower(p.printed_name || ' ' || p.username || ' ' || d.code), lower(%(named)s)) > 0)
 order by t.id desc
 limit %(limit)s

-- needs --
select d.code, n.role, n.valid_days
  from training_need n join document d on d.id = n.document_id
 where n.ended_at is null
 order by d.code, n.role

-- put_need --
insert into training_need (document_id, role, valid_days)
select id, %(role)s, %(valid_days)s from document where code = %(code)s
    on conflict (document_id, role) do update set valid_days = excluded.valid_days, ended_at = null
returning document_id

-- end_need --
update training_need set ended_at = %(now)s
 where document_id = (select id from document where code = %(code)s) and role = %(role)s and ended_at is null
returning document_id
