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

-- An episode that is filed under an excursion, and what a cumulative rule adds up, are rows of one table: the same
-- readings, judged in the same way. The second kind raises no alarm of its own.
alter table episode
    add column zone_id     int references zone,    -- where the probe stood
    add column limit_value float8,                 -- that was passed; null: written before it was kept, the rule says it
    add column counted_by  smallint not null default 0;  -- number of the cumulative rule that adds it up; 0: a single event

update episode e set zone_id = m.zone_id from measuring_point m where m.point_id = e.point_id;
update episode e set zone_id = x.zone_id from excursion x where x.id = e.excursion_id;

alter table episode alter column zone_id set not null;

drop index episode_fact;
create unique index episode_fact on episode (point_id, rule_id, zone_id, level, side, counted_by, started_at)
    where withdrawn_at is null;
create index episode_open on episode (point_id) where ended_at is null and withdrawn_at is null;
create index episode_ended on episode (ended_at) where withdrawn_at is null;
create index episode_counted on episode (point_id, ended_at) where counted_by > 0 and withdrawn_at is null;
