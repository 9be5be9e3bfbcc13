-- Who is told of alarms: ladders and shifts of the plant, addresses of people, messages and what became of them.

create table ladder (
    code       text primary key,
    definition text not null,                   -- the words of the plant folder, as JSON
    since      timestamptz not null,            -- what was over before calls nobody
    retired_at timestamptz
);

create table shift (
    code       text primary key,
    definition text not null,
    since      timestamptz not null,
    retired_at timestamptz
);

create table notification_address (
    id         int generated always as identity primary key,
    person_id  int not null references person,
    channel    text not null,                   -- email, sms, wecom, dingtalk, webhook
    secret_url text not null,                   -- where to send, with what opens it; empty once removed; shown to nobody
    hint       text not null,                   -- enough of it to be recognised
    added_at   timestamptz not null,
    added_by   text not null,
    removed_at timestamptz
);

create index notification_address_person on notification_address (person_id) where removed_at is null;

-- One message to one person, as it was written. It may tell of many alarms.
create table notification (
    id         bigint generated always as identity primary key,
    number     text not null unique,            -- stands in the message: by it a doubled one is recognised
    person_id  int not null references person,
    reason     text not null,                   -- the weightiest: call, acknowledged, returned, alive
    priority   text,                            -- highest of its alarms
    created_at timestamptz not null,
    title      text not null,
    body       text not null
);

create index notification_recent on notification (created_at desc);
create index notification_person on notification (person_id, created_at desc);

-- What a message tells of. The key is why nobody is told twice.
create table notification_occasion (
    occasion        text not null,
    person_id       int not null references person,
    notification_id bigint not null references notification,
    alarm_id        int references alarm,
    call            int not null,
    ladder          text not null,
    rung            int not null,
    reason          text not null,
    due_at          timestamptz not null,
    primary key (occasion, person_id)
);

create index notification_occasion_alarm on notification_occasion (alarm_id);
create index notification_occasion_message on notification_occasion (notification_id);

-- The way of a message to one address.
create table delivery (
    id              bigint generated always as identity primary key,
    notification_id bigint not null references notification,
    address_id      int references notification_address,  -- null: the person has no address
    channel         text not null,
    state           text not null,              -- waiting, sent, failed
    attempts        int not null default 0,
    next_at         timestamptz not null,       -- not tried before; while one tries it, when another may
    sent_at         timestamptz,                -- taken by the mail server, the gateway, the robot
    failed_at       timestamptz,                -- given up
    reason          text not null default ''    -- of the last failure
);

create index delivery_waiting on delivery (next_at) where state = 'waiting';
create index delivery_message on delivery (notification_id);

-- A proof that a ladder reaches its people.
create table ladder_test (
    id              int generated always as identity primary key,
    ladder          text not null references ladder,
    asked_by        text not null,
    started_at      timestamptz not null,
    alarm_id        int not null references alarm
);

create index ladder_test_ladder on ladder_test (ladder, started_at desc);

-- How far the audit trail is proven: `end` follows what is added, `round` goes over all of it again and again.
create table audit_proof (
    walk text primary key,
    seq  bigint not null,
    head text not null,
    at   timestamptz not null
);
