-- profiles --
-- Every version, by item and version.
select id, item_id, version, effective_from, document, probe, product_tau_s, citation, reason, applied_by
  from stability_profile
 where %(item_ids)s::int[] is null or item_id = any (%(item_ids)s)
 order by item_id, version

-- add_profile --
insert into stability_profile (item_id, version, effective_from, document, probe, product_tau_s, citation, reason,
                               applied_by)
values (%(item_id)s, %(version)s, %(effective_from)s, %(document)s, %(probe)s, %(product_tau_s)s, %(citation)s,
        %(reason)s, %(actor)s)
    on conflict (item_id, version) do nothing
returning id, item_id, version, effective_from, document, probe, product_tau_s, citation, reason, applied_by

-- lock --
-- Who counts lots or gives time back holds this: nothing is counted twice.
select pg_advisory_xact_lock(7463015)

-- try_lock --
select pg_try_advisory_xact_lock(7463015)

-- accounts --
select lot_id, profile_id, through, stays from stability_account where lot_id = any (%(lot_ids)s)

-- recently_counted --
-- Lots that have been counted up to a moment or later: of those that are used up, some time may still be missing.
select lot_id from stability_account where through >= %(since)s

-- keep_account --
insert into stability_account (lot_id, profile_id, through, stays)
values (%(lot_id)s, %(profile_id)s, %(through)s, %(stays)s)
    on conflict (lot_id, profile_id) do update set through = excluded.through, stays = excluded.stays

-- booked --
-- What is booked of each bucket from a moment on.
select lot_id, band, bucket_from, sum(amount_us)::bigint as amount_us
  from stability_entry
 where lot_id = any (%(lot_ids)s) and profile_id = any (%(profile_ids)s) and kind = 'draw'
   and bucket_from >= %(since)s
 group by lot_id, band, bucket_from
having sum(amount_us) <> 0

-- book --
insert into stability_entry (lot_id, profile_id, band, kind, amount_us, bucket_from, bucket_to, zone_id, parent_id, cause,
                             reason, at, actor)
select lot_id, profile_id, band, kind, amount_us, bucket_from, bucket_to, zone_id, parent_id, cause, '', %(now)s, %(actor)s
  from unnest(%(lot_id)s::int[], %(profile_id)s::int[], %(band)s::text[], %(kind)s::text[], %(amount_us)s::bigint[],
              %(bucket_from)s::timestamptz[], %(bucket_to)s::timestamptz[], %(zone_id)s::int[], %(parent_id)s::int[],
              %(cause)s::text[])
       as e (lot_id, profile_id, band, kind, amount_us, bucket_from, bucket_to, zone_id, parent_id, cause)

-- sums --
select lot_id, profile_id, band, sum(amount_us)::bigint as amount_us
  from stability_entry
 where lot_id = any (%(lot_ids)s)
 group by lot_id, profile_id, band

-- drawn_before --
-- What had been drawn of a lot at a moment: a reversal counts as if its credit had never been.
select e.band, sum(e.amount_us)::bigint as amount_us
  from stability_entry e
  left join stability_entry credit on credit.id = e.reverses
 where e.lot_id = %(lot_id)s and e.profile_id = %(profile_id)s
   and case e.kind when 'draw' then e.bucket_from < %(at)s
                   when 'inherit' then true
                   else coalesce(credit.at, e.at) <= %(at)s end
 group by e.band

-- inherited --
select band, sum(amount_us)::bigint as amount_us
  from stability_entry
 where lot_id = %(lot_id)s and profile_id = %(profile_id)s and kind = 'inherit'
 group by band

-- entries --
select id, lot_id, profile_id, band, kind, amount_us, bucket_from, bucket_to, zone_id, parent_id, cause, reverses, reason, at,
       actor, signature_id
  from stability_entry
 where lot_id = %(lot_id)s and profile_id = %(profile_id)s
   and (%(kinds)s::text[] is null or kind = any (%(kinds)s))
 order by id desc
 limit %(limit)s

-- credit --
insert into stability_entry (lot_id, profile_id, band, kind, amount_us, cause, reason, at, actor, signature_id)
values (%(lot_id)s, %(profile_id)s, %(band)s, 'credit', %(amount_us)s, %(cause)s, %(reason)s, %(now)s, %(actor)s,
        %(signature_id)s)

-- standing_credits --
select c.id, c.lot_id, c.profile_id, c.band, c.kind, c.amount_us, c.bucket_from, c.bucket_to, c.zone_id, c.parent_id, c.cause,
       c.reverses, c.reason, c.at, c.actor, c.signature_id
  from stability_entry c
 where c.kind = 'credit' and c.cause = %(cause)s and (%(lot_id)s::int is null or c.lot_id = %(lot_id)s)
   and not exists (select from stability_entry r where r.reverses = c.id)
 order by c.id

-- reverse --
insert into stability_entry (lot_id, profile_id, band, kind, amount_us, cause, reverses, reason, at, actor)
select lot_id, profile_id, band, 'reversal', -amount_us, cause, id, %(reason)s, %(now)s, %(actor)s
  from stability_entry where id = %(id)s

-- note_due --
insert into stability_due (zone_id, from_time, to_time)
select * from unnest(%(zone_ids)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])

-- due --
select id, zone_id, from_time, to_time from stability_due where done_at is null order by id

-- done --
update stability_due set done_at = %(now)s where id = any (%(ids)s)
