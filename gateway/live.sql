-- newest --
-- Where to go on from: the last message and the last event.
select coalesce((select max(id) from ingest_batch), 0) as batch, coalesce((select max(id) from outbox), 0) as event

-- touched --
-- Which points have had readings since a message, and the newest message.
select max(id) as batch, array(select distinct unnest(points) from ingest_batch where id > %(batch)s) as points
  from ingest_batch where id > %(batch)s

-- event_ids --
select id from outbox where id > %(floor)s

-- events --
-- Ids are given before the commit: a row may appear behind one that was seen. So a stretch is looked at again.
select id, at, topic, body from outbox where id > %(floor)s and id <> all (%(seen)s) order by id limit 1000

-- missed --
-- One more than is told, so that it can be seen that there were more.
select id, at, topic, body from outbox where id > %(after)s and id <= %(until)s order by id limit %(limit)s
