-- counts --
select code, count(*) as messages, sum(n)::bigint as readings,
       count(*) filter (where replayed_at is null) as still, max(at) as last_at
  from ingest_rejected
 where %(edge)s::text is null or edge = %(edge)s
 group by code
 order by code

-- one --
select id, at, edge, epoch, sequence, subject, code, detail, n, payload, replayed_at
  from ingest_rejected where id = %(id)s

-- still_aside --
-- Oldest first: what depends on the order of messages sees them in theirs.
select id from ingest_rejected
 where replayed_at is null
   and (%(edge)s::text is null or edge = %(edge)s)
   and (%(code)s::text is null or code = %(code)s)
 order by id
