-- How long readings stay, by class of point. A schema of its own: what programs are granted in `public` never reaches
-- it, so only the owner changes how long anything is kept, and only the owner drops anything.

create schema retention;

create table retention.class (
    name            text primary key,
    keep_raw        interval,                   -- raw readings; null: for ever
    keep_minutes    interval,                   -- their roll-ups by minute
    keep_hours      interval,                   -- and by hour
    compress_after  interval not null default '7 days',  -- where the engine compresses (TimescaleDB)
    note            text not null,
    -- GSP, article 42: records of storage and transport are kept for five years at least.
    constraint gxp_stays check (name <> 'gxp' or keep_raw is null or timestamp '2000-01-01' + keep_raw >= timestamp '2005-01-01')
);

insert into retention.class (name, keep_raw, keep_minutes, keep_hours, note) values
    ('gxp', '6 years', '2 years', null, 'what a policy judges: evidence for the release of batches and lots'),
    ('process', '2 years', '1 year', null, 'what the plant model knows and no policy judges'),
    ('bulk', '90 days', '180 days', '5 years', 'what edges say about themselves, and what only helps to find faults');

-- Null: nobody has said. Such a point is kept as long as anything is.
alter table point add column retention_class text references retention.class;

create table retention.floor (
    point_id  int primary key references point,
    raw       timestamptz not null default '-infinity',  -- its raw readings before this have been dropped
    minutes   timestamptz not null default '-infinity',  -- its roll-ups by minute likewise
    hours     timestamptz not null default '-infinity'
);
