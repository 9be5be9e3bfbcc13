-- Preventive maintenance: plans by calendar, running hours and counts; spare parts; stops; what mechanics say of alerts.

create table maintenance_plan (
    id            int generated always as identity primary key,
    code          text not null unique,
    equipment_id  int not null references equipment,
    definition    text not null,                -- JSON as the plant folder says it
    since         timestamptz not null,         -- when it was first put into the plant: hours and counts begin here
    retired       boolean not null default false
);

alter table maintenance_order
    add column plan_id int references maintenance_plan,
    add column plan_since timestamptz,          -- beginning of the cycle that it ends
    add column plan_use numeric;                -- hours or counts when it was opened

-- One open order for a plan, whoever looks at it at once.
create unique index maintenance_order_of_plan on maintenance_order (plan_id)
    where status not in ('closed', 'rejected', 'cancelled', 'skipped');

-- What a plan's machine did in a piece of time, from stored readings; counted again where readings came late.
create table plan_use (
    plan_id       int not null references maintenance_plan,
    starts_at     timestamptz not null,
    ends_at       timestamptz not null check (ends_at > starts_at),
    used          numeric not null check (used >= 0),       -- seconds of running, or counts
    unknown_s     numeric not null check (unknown_s >= 0),  -- without usable readings
    seen          bigint not null,              -- readings of that hour when it was counted: more now, count again
    counted_at    timestamptz not null,
    primary key (plan_id, starts_at)
);

create table spare_part (
    id            int generated always as identity primary key,
    number        text not null unique,
    definition    text not null,                -- JSON as the plant folder says it: names, unit, place, min_stock
    stock         numeric not null default 0 check (stock >= 0),
    retired       boolean not null default false
);

create table part_movement (
    id            int generated always as identity primary key,
    part_id       int not null references spare_part,
    kind          text not null check (kind in ('received', 'used', 'brought_back', 'counted')),
    quantity      numeric not null check (quantity <> 0),   -- signed
    order_id      int references maintenance_order,
    reason        text not null default '',
    actor         text not null,
    at            timestamptz not null
);
create index part_movement_part on part_movement (part_id, id);
create index part_movement_order on part_movement (order_id);

-- When a machine could not be used, and why. What the readings show is found; what people say is written beside it.
create table machine_stop (
    id            int generated always as identity primary key,
    equipment_id  int not null references equipment,
    source        text not null check (source in ('state', 'silence', 'maintenance')),
    starts_at     timestamptz not null,
    ends_at       timestamptz check (ends_at > starts_at),  -- null: it still stands
    order_id      int references maintenance_order,
    unique (equipment_id, source, starts_at)
);
create unique index machine_stop_open on machine_stop (equipment_id, source) where ends_at is null;

create table stop_reason (
    id            int generated always as identity primary key,
    stop_id       int not null references machine_stop,
    reason        text not null,                -- failure, preventive, changeover, no_material, no_order, communication, other
    told          text not null default '',
    actor         text not null,
    at            timestamptz not null
);
create index stop_reason_stop on stop_reason (stop_id, id);

-- What the mechanic found: was the advice right? The last word counts, every word stays.
create table alert_verdict (
    id            int generated always as identity primary key,
    alarm_id      int not null references alarm,
    order_id      int references maintenance_order,
    verdict       text not null check (verdict in ('confirmed', 'false', 'unsure')),
    told          text not null default '',
    actor         text not null,
    at            timestamptz not null
);
create index alert_verdict_alarm on alert_verdict (alarm_id, id);

-- Pictures that somebody took of a fault.
create table maintenance_photo (
    id            int generated always as identity primary key,
    order_id      int not null references maintenance_order,
    media_type    text not null,
    sha256        char(64) not null,
    content       bytea not null,
    actor         text not null,
    at            timestamptz not null,
    unique (order_id, sha256)
);
