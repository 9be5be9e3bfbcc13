-- entries --
-- Newest first. Every filter that is null is no filter.
select seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash
  from audit
 where (%(entity)s::text is null or entity = %(entity)s)
   and (%(entity_id)s::text is null or entity_id = %(entity_id)s)
   and (%(actor)s::text is null or actor = %(actor)s)
   and (%(action)s::text is null or action = %(action)s)
   and (%(since)s::timestamptz is null or at >= %(since)s)
   and (%(until)s::timestamptz is null or at < %(until)s)
   and (%(below)s::bigint is null or seq < %(below)s)
 order by seq desc
 limit %(limit)s

-- chain --
select seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash from audit order by seq

-- chain_from --
select seq, at, actor, action, entity, entity_id, before, after, reason, prev_hash, hash from audit
 where seq >= %(seq)s order by seq limit %(most)s

-- head --
select seq, hash as head from audit order by seq desc limit 1
