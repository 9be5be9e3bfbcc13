-- append --
select append_audit(%(at)s, %(actor)s, %(action)s, %(entity)s, %(entity_id)s, %(before)s, %(after)s, %(reason)s,
                    %(head)s, %(tail)s)

-- emit --
insert into outbox (at, topic, body) values (%(at)s, %(topic)s, %(body)s)
