-- edges_waiting --
-- Edges with batches that nobody has looked at.
select f.edge from ingest_fate f
 where exists (select from ingest_batch b where b.edge = f.edge and b.watched_at is null)
 order by f.edge

-- claim --
-- Of each edge the next batches of a lane, oldest first. An edge at which another watch is, is left to that one.
with mine as materialized (
    select edge from unnest(%(edges)s::text[]) as asked (edge)
     where pg_try_advisory_xact_lock(7463004, hashtext(edge))
)
select c.id, c.n, c.points, c.first_time, c.last_time
  from mine
 cross join lateral (
           select id, n, points, first_time, last_time
             from ingest_batch b
            where b.edge = mine.edge and watched_at is null and (lane = 'live') = %(live)s
            order by id
            limit %(limit)s
              for update skip locked
       ) c
 order by c.id

-- mark --
update ingest_batch set watched_at = %(now)s where id = any (%(ids)s)

-- try_tick --
-- Of watches side by side one looks for silence at a time.
select pg_try_advisory_xact_lock(7463005)

-- edges --
-- Who sent nothing but what had to be set aside is no edge: it may be a name that could not be read.
select edge, last_at from ingest_fate where stored > 0 and last_at is not null order by edge

-- rejected --
-- Batches set aside since a moment and not replayed, by edge.
select coalesce(edge, 'unknown') as edge, count(*) as batches, max(at) as last_at, max(code) as code
  from ingest_rejected
 where at > %(since)s and replayed_at is null
 group by 1
 order by 1
