-- lock_chain --
-- One writer at a time: a row's hash needs the hash before it. Held until the transaction ends.
select pg_advisory_xact_lock(7463001)

-- head --
select seq, hash from audit order by seq desc limit 1

-- append --
insert into audit (seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash)
values (%(seq)s, %(at)s, %(actor)s, %(action)s, %(entity)s, %(entity_id)s, %(before)s, %(after)s, %(reason)s,
        %(prev_hash)s, %(hash)s)

-- emit --
insert into outbox (at, topic, body) values (%(at)s, %(topic)s, %(body)s)
