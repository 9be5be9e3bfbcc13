-- open --
insert into recall (number, kind, recall_class, status, reason, rule, notify_h, progress_d, opened_by, opened_at)
values (%(number)s, %(kind)s, %(recall_class)s, 'initiated', %(reason)s, %(rule)s, %(notify_h)s, %(progress_d)s,
        %(actor)s, %(now)s)
returning *

-- add_start --
insert into recall_start (recall_id, lot_id) values (%(recall_id)s, %(lot_id)s) on conflict do nothing

-- starts --
select lot_id from recall_start where recall_id = %(recall_id)s order by lot_id

-- recall --
select * from recall where id = %(id)s

-- lock --
select * from recall where id = %(id)s for update

-- recalls --
-- Newest first; every filter that is null is no filter.
select * from recall
 where (%(statuses)s::text[] is null or status = any (%(statuses)s))
   and (%(lot_id)s::int is null or exists (
        select from recall_line l where l.recall_id = recall.id and l.lot_id = %(lot_id)s))
   and (%(below)s::int is null or id < %(below)s)
 order by id desc
 limit %(limit)s

-- step --
update recall
   set status = %(status)s, version = version + 1, effectiveness = coalesce(%(effectiveness)s, effectiveness)
 where id = %(id)s
returning *

-- touch --
update recall set version = version + 1 where id = %(id)s

-- add_step --
insert into recall_step (recall_id, step, status, note, taken_by, taken_at, signature_id)
values (%(recall_id)s, %(step)s, %(status)s, %(note)s, %(actor)s, %(now)s, %(signature_id)s)

-- steps --
select * from recall_step where recall_id = %(recall_id)s order by id

-- add_scope --
insert into recall_scope (recall_id, number, digest, taken_by, taken_at, signature_id)
values (%(recall_id)s, %(number)s, %(digest)s, %(actor)s, %(now)s, %(signature_id)s)

-- scopes --
select * from recall_scope where recall_id = %(recall_id)s order by number

-- add_lines --
insert into recall_line (recall_id, scope, lot_id, shipment, lot, item, stage, level, origin, quantity, unit, counted,
                         consignee, address, contact, shipped_at, places, since)
select %(recall_id)s, %(scope)s, l.*
  from jsonb_to_recordset(%(lines)s) as l (
       lot_id int, shipment text, lot text, item text, stage text, level int, origin text, quantity numeric, unit text,
       counted boolean, consignee text, address text, contact text, shipped_at timestamptz, places text, since int)

-- lines --
select lot_id, shipment, lot, item, stage, level, origin, quantity, unit, counted, consignee, address, contact,
       shipped_at, places, since
  from recall_line
 where recall_id = %(recall_id)s and scope = %(scope)s
 order by level, lot_id, shipped_at nulls first, shipment

-- add_notice --
insert into recall_notice (recall_id, consignee, event, scope, channel, said, person, recorded_by, recorded_at)
values (%(recall_id)s, %(consignee)s, %(event)s, %(scope)s, %(channel)s, %(said)s, %(person)s, %(actor)s, %(now)s)
returning *

-- notices --
select * from recall_notice where recall_id = %(recall_id)s order by id

-- add_recovery --
insert into recall_recovery (recall_id, lot_id, shipment, fate, quantity, note, takes_back, recorded_by, recorded_at)
values (%(recall_id)s, %(lot_id)s, %(shipment)s, %(fate)s, %(quantity)s, %(note)s, %(takes_back)s, %(actor)s, %(now)s)
returning *

-- recoveries --
select * from recall_recovery where recall_id = %(recall_id)s order by id

-- add_progress --
insert into recall_progress (recall_id, reference, note, recorded_by, recorded_at)
values (%(recall_id)s, %(reference)s, %(note)s, %(actor)s, %(now)s)
returning *

-- progress --
select * from recall_progress where recall_id = %(recall_id)s order by id
