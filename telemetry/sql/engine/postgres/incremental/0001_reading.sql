create table reading (
    point_id  int not null,
    time      timestamptz not null,             -- device time
    received  timestamptz not null,             -- when the edge received it
    value     float8,                           -- null: the quality is bad
    quality   smallint not null,                -- OPC classic byte
    batch_id  bigint not null                   -- the ledger's row: which message brought it, and when it was ingested
) partition by range (time);

create index reading_point_time on reading (point_id, time desc);
create table reading_default partition of reading default;
