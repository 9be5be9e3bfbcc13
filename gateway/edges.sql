-- edges --
-- Fates of every edge's readings, and what the watch has still to look at.
select edge, taken, stored, duplicate, rejected, last_at,
       (select count(*) from ingest_batch where ingest_batch.edge = ingest_fate.edge and watched_at is null) as unwatched,
       coalesce(g.given_up, 0)::bigint as given_up, coalesce(g.gaps, 0) as gaps
  from ingest_fate
  left join (select edge, sum(n) as given_up, count(*) as gaps from ingest_gap group by edge) as g using (edge)
 order by edge

-- lately --
-- What every edge had to give up since a moment, and what was set aside of it since then and still is.
select edge, coalesce(g.readings, 0)::bigint as given_up, coalesce(g.times, 0) as gaps, coalesce(a.messages, 0) as aside
  from ingest_fate
  left join (select edge, sum(n) as readings, count(*) as times from ingest_gap where at >= %(since)s group by edge) as g
       using (edge)
  left join (select edge, count(*) as messages from ingest_rejected
              where at >= %(since)s and replayed_at is null group by edge) as a using (edge)
 order by edge

-- senders --
-- Which edge sent the newest reading of a point; points without readings, or with imported ones alone, are not there.
select last.point_id, b.edge
  from unnest(%(points)s::int[]) as asked (id)
 cross join lateral (
           select point_id, batch_id from reading where point_id = asked.id order by time desc limit 1
       ) as last
  join ingest_batch b on b.id = last.batch_id

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
