-- What the watch is asked, and where an episode was: it belongs to the zone in which the probe stood then.

create table rejudging (
    id          bigint generated always as identity primary key,
    point_id    int not null references point,
    start_at    timestamptz not null,           -- judge again what was read from here on ...
    end_at      timestamptz not null,           -- ... to here
    reason      text not null,                  -- a late load scan, a moved probe, a policy
    asked_by    text not null,
    asked_at    timestamptz not null,
    done_at     timestamptz                     -- null: the watch has still to judge it
);

create index rejudging_waiting on rejudging (id) where done_at is null;
