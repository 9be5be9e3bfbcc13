-- Alarms as ISA-18.2 asks: shelved, out of service, calling again, and a journal in which nothing is written over.

alter table alarm
    add column calls            int not null default 1,  -- how often it has begun to call: raised, worse, again, back
    add column called_at        timestamptz,             -- when it last began to call
    add column suppression      text,                    -- shelved, out_of_service
    add column suppressed_until timestamptz;             -- null under a suppression: until it is returned to service

update alarm set called_at = coalesce(upgraded_at, detected_at);
alter table alarm alter column called_at set not null;

-- What must not call for a while. It is about the alarm of a kind and source, whether or not one stands.
create table alarm_suppression (
    id         int generated always as identity primary key,
    mode       text not null,                   -- shelved, out_of_service
    kind       text not null,
    source     text not null,
    priority   text not null,                   -- what was shelved: a worse alarm ends the shelf
    reason     text not null,
    set_by     text not null,
    set_at     timestamptz not null,
    until      timestamptz,                     -- null: until somebody returns it to service
    ended_at   timestamptz,
    ended_by   text,                            -- a person, or the program that found it over
    end_reason text                             -- over, worse, replaced, or what the person wrote
);

create unique index alarm_suppression_standing on alarm_suppression (kind, source) where ended_at is null;

-- What became of an alarm, and what people said about it. Rows are added, never changed.
create table alarm_journal (
    id       bigint generated always as identity primary key,
    alarm_id int not null references alarm,
    call     int not null,                      -- which call of the alarm it belongs to
    at       timestamptz not null,
    actor    text not null,
    act      text not null,                     -- raised, upgraded, called_again, acknowledged, commented, cleared, ...
    priority text not null,                     -- as it was then
    cause    text,                              -- code of what a person holds for the cause
    comment  text not null default ''
);

create index alarm_journal_alarm on alarm_journal (alarm_id, id);
create index alarm_journal_at on alarm_journal (at);

insert into alarm_journal (alarm_id, call, at, actor, act, priority, comment)
select id, 1, at, actor, act, priority, coalesce(comment, '')
  from (select id, detected_at as at, 'watch' as actor, 'raised' as act, priority, '' as comment from alarm
        union all
        select id, acked_at, acked_by, 'acknowledged', priority, ack_comment from alarm where acked_at is not null
        union all
        select id, cleared_at, 'watch', 'cleared', priority, '' from alarm where cleared_at is not null) as told
 order by at, id;
