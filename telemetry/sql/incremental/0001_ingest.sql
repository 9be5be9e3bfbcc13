-- The dictionary of points, and the ledger of batches. The table `reading` itself differs by engine: see sql/engine/.

create table point (
    id          int generated always as identity primary key,
    name        text not null unique,           -- site/area/equipment/measure
    first_seen  timestamptz not null default now()
);

create table ingest_batch (
    id          bigint generated always as identity primary key,
    edge        text not null,
    epoch       bigint not null,                -- of the edge's buffer
    sequence    bigint not null,                -- 1, 2, 3 ... within the epoch
    lane        text not null,                  -- live, backlog, import
    n           int not null,                   -- readings in it
    points      int[] not null,                 -- which points it touches
    first_time  timestamptz not null,           -- earliest device time
    last_time   timestamptz not null,           -- latest device time
    digest      bytea not null,                 -- SHA-256 of the message as it came: a second one that differs is set aside
    ingested_at timestamptz not null,
    watched_at  timestamptz,                    -- null: the watch has still to look at it
    unique (edge, epoch, sequence)
);

create index ingest_batch_unwatched on ingest_batch (edge, id) where watched_at is null;

create table ingest_fate (
    edge        text primary key,
    taken       bigint not null default 0,      -- readings that came = stored + duplicate + rejected
    stored      bigint not null default 0,
    duplicate   bigint not null default 0,
    rejected    bigint not null default 0,
    last_at     timestamptz                     -- when a batch of this edge was last committed or set aside
);

create table ingest_rejected (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    edge        text,                           -- as far as it could be read
    epoch       bigint,
    sequence    bigint,
    subject     text not null,                  -- where it was published
    code        text not null,                  -- Malformed, WrongEdge, BadTimestamp, BadValue ...
    detail      text not null,
    n           int not null,                   -- readings in it, 0 where that can't be told
    payload     bytea not null,                 -- as it came: it can be replayed
    digest      bytea not null,                 -- SHA-256 of the payload: what is delivered twice is set aside once
    replayed_at timestamptz,
    unique (subject, code, digest)
);

create index ingest_rejected_sequence on ingest_rejected (edge, epoch, sequence);
