-- unsent --
-- Locked until the commit that marks them: a second relay takes others.
select id, at, topic, body from outbox where sent_at is null order by id limit %(most)s for update skip locked

-- sent --
update outbox set sent_at = %(now)s where id = any (%(ids)s)
