create table audit (
    seq         bigint primary key,             -- 1, 2, 3 ... without a hole
    at          timestamptz not null,
    actor       text not null,
    action      text not null,                  -- hold.place, excursion.disposition, lot.release.refused ...
    entity      text not null,
    entity_id   text not null,
    before      json,                           -- json, not jsonb: the text is hashed and must stay as it was written
    after       json,
    reason      text not null,
    prev_hash   char(64) not null,
    hash        char(64) not null unique
);

create index audit_entity on audit (entity, entity_id, seq);

create table outbox (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    topic       text not null,                  -- excursion.opened, lot.held, order.finished ...
    body        json not null,
    sent_at     timestamptz
);

create index outbox_unsent on outbox (id) where sent_at is null;
