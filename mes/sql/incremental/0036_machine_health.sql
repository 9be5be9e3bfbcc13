-- Machine health: which machines are watched, by which models, what these say, and since when each may say it.

create table machine_health (
    equipment_id  int primary key references equipment,
    definition    text not null,                -- JSON as the plant folder says it
    since         timestamptz not null,         -- when it was first put into the plant
    retired       boolean not null default false
);

-- What was learned of a machine, once. A version never changes; which one is in force does, under a change.
create table health_model (
    id            int generated always as identity primary key,
    equipment_id  int not null references equipment,
    number        int not null check (number > 0),
    status        text not null check (status in ('proposed', 'in_force', 'retired', 'withdrawn')),
    detector      text not null,
    definition    text not null,                -- JSON: the words it was learned with
    artefact      bytea not null,               -- arrays and head, without code
    artefact_hash text not null,                -- SHA-256 of it
    data_hash     text not null,                -- SHA-256 of the rows it was learned from
    features      text[] not null,
    learned_from  timestamptz not null,
    learned_to    timestamptz not null check (learned_to > learned_from),
    ticks         int not null,                 -- usable ones among them
    score_card    json not null,
    reason        text not null,
    made_by       text not null,
    made_at       timestamptz not null,
    control       text,                         -- number of the change under which it was put in force
    decided_by    text,
    decided_at    timestamptz,
    decision      text not null default '',
    signature_id  int references signature,
    in_force_from timestamptz,
    retired_at    timestamptz,
    version       int not null default 1,
    unique (equipment_id, number)
);
create unique index health_model_in_force on health_model (equipment_id) where status = 'in_force';
create unique index health_model_proposed on health_model (equipment_id) where status = 'proposed';

-- Where the watch of a machine stands: what runs, up to which tick, and what it told last.
create table health_run (
    equipment_id  int primary key references equipment,
    learn_from    timestamptz,                  -- commissioning began; null: no reading yet
    try_at        timestamptz,                  -- it is tried again to learn when there are readings up to then
    hindrance     text not null default '',     -- code of what keeps it from being learned
    model_id      int references health_model,  -- null: nothing learned yet, fixed limits only
    begun_at      timestamptz,                  -- since when this model is followed
    position      timestamptz,                  -- time of the last tick
    state         bytea,                        -- arrays of what runs, as of that tick
    seen_batch    bigint not null default 0,    -- ledger rows up to here have been looked at for late readings
    seen_reset    int not null default 0,       -- resets up to here have been heeded
    health        float8,
    stat          float8,                       -- in multiples of the limit
    heard_at      timestamptz,                  -- newest reading of its signals
    asked_by      text,                         -- who asks for a new version to be learned, and from when
    asked_from    timestamptz,
    asked_to      timestamptz,
    asked_reason  text
);

-- Earlier states, to go back to where readings come late: a ring of them a machine.
create table health_checkpoint (
    equipment_id  int not null references equipment,
    slot          int not null,
    at            timestamptz not null,
    model_id      int references health_model,
    state         bytea not null,
    primary key (equipment_id, slot)
);

-- What was told of a machine over time: every so many ticks a row; the same readings give the same rows.
create table health_sample (
    equipment_id  int not null references equipment,
    at            timestamptz not null,
    model_id      int references health_model,
    health        float8,
    stat          float8,
    alarm         bigint not null,              -- bits
    value         float8[] not null,            -- by signal, in the order of the model's features
    expected      float8[] not null,
    spread        float8[] not null,            -- of the expected value, one standard deviation
    primary key (equipment_id, at)
);

-- What a model advised. One open alert for a machine and a cause.
create table health_alert (
    id            int generated always as identity primary key,
    equipment_id  int not null references equipment,
    model_id      int references health_model,
    cause         text not null,
    from_at       timestamptz not null,         -- tick of its onset
    seen_at       timestamptz not null,         -- last tick at which it stood
    ended_at      timestamptz,                  -- null: it stands
    ended_by      text,                         -- calm, maintenance, restart, model
    found_at      timestamptz not null,
    score         float8 not null,              -- in multiples of the threshold, at its onset
    contributions json not null,                -- signal, contribution, value, expected; most first
    input_from    timestamptz not null,
    alarm_id      int references alarm,
    order_id      int references maintenance_order,
    unique (equipment_id, cause, from_at)
);
create unique index health_alert_open on health_alert (equipment_id, cause) where ended_at is null;

-- Times from which nothing is learned, marked by people.
create table health_exclusion (
    id            int generated always as identity primary key,
    equipment_id  int not null references equipment,
    from_at       timestamptz not null,
    to_at         timestamptz not null check (to_at > from_at),
    reason        text not null,
    actor         text not null,
    at            timestamptz not null
);
create index health_exclusion_machine on health_exclusion (equipment_id, id);

-- When what runs of a machine was forgotten: after maintenance, or as a person says, after a restart.
create table health_reset (
    id            int generated always as identity primary key,
    equipment_id  int not null references equipment,
    effective_at  timestamptz not null,
    kind          text not null check (kind in ('maintenance', 'restart')),
    order_id      int references maintenance_order,
    reason        text not null default '',
    actor         text not null,
    at            timestamptz not null,
    unique (equipment_id, kind, effective_at)
);
