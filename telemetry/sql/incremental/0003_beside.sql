-- What edges say beside their readings: what they had to give up, and of single readings what has no column there.

create table ingest_gap (
    id             bigint generated always as identity primary key,
    at             timestamptz not null,        -- when it was told
    edge           text not null,
    epoch          bigint not null,             -- epoch and sequence of the message that told it
    sequence       bigint not null,
    lane           text not null,               -- cold-chain, process, bulk; all: a whole buffer is gone
    reason         text not null,               -- full, old, damaged
    n              bigint,                      -- readings; null: nobody knows
    of_epoch       bigint not null,             -- in which the sequences counted that are gone
    first_sequence bigint,                      -- null: nobody knows, as below
    last_sequence  bigint,
    first_time     timestamptz,                 -- received times at the edge
    last_time      timestamptz
);

create index ingest_gap_edge on ingest_gap (edge, id);

create table reading_aside (
    point_id       int not null,
    time           timestamptz not null,        -- point, time and batch as in `reading`
    batch_id       bigint not null,
    claimed_us     bigint,                      -- the device's own time that was not believed, µs since 1970, as it came
    status         bigint                       -- the protocol's own status
);

create index reading_aside_reading on reading_aside (point_id, time);
