-- rejected --
select id, edge, epoch, sequence, subject, code, n, payload, replayed_at
  from ingest_rejected where id = %(id)s for update

-- replayed --
update ingest_rejected set replayed_at = %(now)s where id = %(id)s

-- was_rejected --
-- What is stored now is no longer rejected; taken stays what it is.
update ingest_fate set taken = taken - %(n)s, rejected = rejected - %(n)s where edge = %(edge)s
