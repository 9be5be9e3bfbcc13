-- edges --
-- Fates of every edge's readings, and what the watch has still to look at.
select edge, taken, stored, duplicate, rejected, last_at,
       (select count(*) from ingest_batch where ingest_batch.edge = ingest_fate.edge and watched_at is null) as unwatched
  from ingest_fate order by edge

-- rejected --
select id, at, edge, epoch, sequence, subject, code, detail, n, octet_length(payload) as bytes, replayed_at
  from ingest_rejected
 where (%(below)s::bigint is null or id < %(below)s)
   and (%(edge)s::text is null or edge = %(edge)s)
   and (%(code)s::text is null or code = %(code)s)
 order by id desc
 limit %(limit)s

-- health --
select (select count(*) from ingest_batch where watched_at is null) as unwatched_batches,
       (select min(ingested_at) from ingest_batch where watched_at is null) as unwatched_since,
       (select last_time from ingest_batch order by id desc limit 1) as newest_reading_at,
       (select count(*) from outbox where sent_at is null) as unsent_events
