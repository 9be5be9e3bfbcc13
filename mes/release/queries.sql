-- lock --
-- One act at a time on a whole record.
select pg_advisory_xact_lock(7463022, %(batch_id)s)

-- review --
insert into batch_review (batch_id, step, record_sha256, note, found, signature_id, acted_by, person_id, acted_at)
values (%(batch_id)s, %(step)s, %(record_sha256)s, %(note)s, %(found)s, %(signature_id)s, %(actor)s, %(person_id)s,
        %(now)s)

-- reviews --
select * from batch_review where batch_id = any (%(batch_ids)s) order by id

-- prove --
insert into batch_evidence (batch_id, kind, subject, passed, said, note, signature_id, recorded_by, recorded_at)
values (%(batch_id)s, %(kind)s, %(subject)s, %(passed)s, %(said)s, %(note)s, %(signature_id)s, %(actor)s, %(now)s)
returning *

-- evidence --
select * from batch_evidence where batch_id = %(batch_id)s order by id
