-- edges --
-- Fates of every edge's readings, and what the watch has still to look at.
select edge, taken, stored, duplicate, rejected, last_at,
       (select count(*) from ingest_batch where ingest_batch.edge = ingest_fate.edge and watched_at is null) as unwatched,
       coalesce(g.given_up, 0)::bigint as given_up, coalesce(g.gaps, 0) as gaps
  from ingest_fate
  left join (select edge, sum(n) as given_up, count(*) as gaps from ingest_gap group by edge) as g using (edge)
 order by edge

-- gaps --
select id, at, edge, epoch, sequence, lane, reason, n, of_epoch, first_sequence, last_sequence, first_time, last_time
  from ingest_gap
 where (%(below)s::bigint is null or id < %(below)s)
   and (%(edge)s::text is null or edge = %(edge)s)
 order by id desc
 limit %(limit)s

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
