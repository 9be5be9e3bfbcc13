-- rosters --
-- Ladders, or shifts, in the plant model or retired.
select code, definition, since, retired_at is not null as retired from ladder where %(entity)s = 'ladder'
union all
select code, definition, since, retired_at is not null as retired from shift where %(entity)s = 'shift'
 order by code

-- put_ladder --
insert into ladder (code, definition, since) values (%(code)s, %(definition)s, %(now)s)
    on conflict (code) do update
   set definition = excluded.definition, retired_at = null,
       since = case when ladder.retired_at is null then ladder.since else excluded.since end

-- put_shift --
insert into shift (code, definition, since) values (%(code)s, %(definition)s, %(now)s)
    on conflict (code) do update set definition = excluded.definition, retired_at = null

-- retire_ladder --
update ladder set retired_at = %(now)s where code = %(code)s

-- retire_shift --
update shift set retired_at = %(now)s where code = %(code)s

-- add_address --
insert into notification_address (person_id, channel, secret_url, hint, added_at, added_by)
values (%(person_id)s, %(channel)s, %(secret_url)s, %(hint)s, %(now)s, %(actor)s)
returning id, person_id, channel, hint, added_at, added_by

-- remove_address --
update notification_address set removed_at = %(now)s, secret_url = ''
 where id = %(id)s and removed_at is null and (%(person_id)s::int is null or person_id = %(person_id)s)
returning id, person_id, channel, hint, added_at, added_by

-- addresses --
select id, person_id, channel, hint, added_at, added_by
  from notification_address
 where removed_at is null and (%(person_id)s::int is null or person_id = %(person_id)s)
 order by person_id, id

-- lock_deciding --
-- One decides at a time: the next one sees what was decided.
select pg_advisory_xact_lock(hashtext('isotherm notify decides'))

-- told --
-- A message has failed when none of its deliveries waits or was sent.
select o.occasion, o.person_id,
       case when bool_and(d.state = 'failed') then max(d.failed_at) end as failed_at
  from notification_occasion o
  join delivery d on d.notification_id = o.notification_id
 where o.alarm_id = any (%(alarm_ids)s::int[]) or o.occasion = any (%(occasions)s::text[])
 group by o.occasion, o.person_id

-- last_told --
select person_id, max(created_at) as at from notification where created_at > %(since)s group by person_id

-- add_message --
insert into notification (number, person_id, reason, priority, created_at, title, body)
values (%(number)s, %(person_id)s, %(reason)s, %(priority)s, %(now)s, %(title)s, %(body)s)
returning id

-- add_occasion --
insert into notification_occasion (occasion, person_id, notification_id, alarm_id, call, ladder, rung, reason, due_at)
values (%(occasion)s, %(person_id)s, %(notification_id)s, %(alarm_id)s, %(call)s, %(ladder)s, %(rung)s, %(reason)s,
        %(due_at)s)

-- add_delivery --
insert into delivery (notification_id, address_id, channel, state, next_at, failed_at, reason)
values (%(notification_id)s, %(address_id)s, %(channel)s, %(state)s, %(now)s, %(failed_at)s, %(reason)s)

-- claim --
-- Whoever tries has it until `until`; one that died leaves it to the next. Several take different ones.
with mine as (
    select id from delivery where state = 'waiting' and next_at <= %(now)s
     order by next_at, id limit %(most)s for update skip locked
), taken as (
    update delivery d set attempts = attempts + 1, next_at = %(until)s from mine where d.id = mine.id returning d.*
)
select t.id, t.notification_id, t.attempts, t.channel, a.secret_url, n.number, n.person_id, n.title, n.body
  from taken t
  join notification n on n.id = t.notification_id
  join notification_address a on a.id = t.address_id
 order by t.id

-- sent --
update delivery set state = 'sent', sent_at = %(now)s, reason = '' where id = %(id)s and state = 'waiting'

-- again --
update delivery set next_at = %(next_at)s, reason = %(reason)s
 where id = %(id)s and state = 'waiting' and attempts = %(attempts)s

-- failed --
update delivery set state = 'failed', failed_at = %(now)s, reason = %(reason)s where id = %(id)s and state = 'waiting'

-- reached --
-- What became of a message: has any delivery been taken, does any still wait.
select bool_or(state = 'sent') as sent, bool_or(state = 'waiting') as waiting, array_agg(address_id) as addresses
  from delivery where notification_id = %(notification_id)s

-- deliveries --
-- Newest first, with the message and whom it is for.
select d.id, d.notification_id, n.number, p.username, p.printed_name, n.reason as why, n.priority, n.created_at, n.title,
       d.channel, a.hint, d.state, d.attempts, d.next_at, d.sent_at, d.failed_at, d.reason
  from delivery d
  join notification n on n.id = d.notification_id
  join person p on p.id = n.person_id
  left join notification_address a on a.id = d.address_id
 where (%(alarm_id)s::int is null or exists (
        select 1 from notification_occasion o where o.notification_id = n.id and o.alarm_id = %(alarm_id)s))
   and (%(below)s::bigint is null or d.id < %(below)s)
   and (%(state)s::text is null or d.state = %(state)s)
 order by d.id desc
 limit %(limit)s

-- add_test --
insert into ladder_test (ladder, asked_by, started_at, alarm_id)
values (%(ladder)s, %(actor)s, %(now)s, %(alarm_id)s)

-- tests --
-- Newest first: how many were to be told, how many were reached, who acknowledged and when.
select t.id, t.ladder, t.asked_by, t.started_at, t.alarm_id, al.acked_at, al.acked_by,
       count(distinct o.person_id)::int as people,
       count(distinct o.person_id) filter (where d.state = 'sent')::int as reached
  from ladder_test t
  join alarm al on al.id = t.alarm_id
  left join notification_occasion o on o.alarm_id = t.alarm_id and o.reason = 'call'
  left join delivery d on d.notification_id = o.notification_id
 where %(ladder)s::text is null or t.ladder = %(ladder)s
 group by t.id, al.id
 order by t.id desc
 limit %(limit)s

-- proof --
select seq, head from audit_proof where walk = %(walk)s

-- keep_proof --
insert into audit_proof (walk, seq, head, at) values (%(walk)s, %(seq)s, %(head)s, %(now)s)
    on conflict (walk) do update set seq = excluded.seq, head = excluded.head, at = excluded.at
