create table maintenance_order (
    id            int generated always as identity primary key,
    number        text not null unique,         -- MO-2026-0001
    equipment_id  int not null references equipment,
    failure_mode  text not null,                -- not_cooling, current_high, bearing_wear, room_out_of_limits, ...
    kind          text not null,                -- corrective, preventive
    priority      text not null,                -- low, medium, high, critical
    status        text not null,                -- requested, approved, assigned, in_progress, on_hold, done, verified, closed, rejected, cancelled
    title_en      text not null,
    title_zh      text not null,
    evidence      json not null,                -- {from, to, points: [names], finding: {...}}: the window that shows it
    excursion_id  int references excursion,
    alarm_id      int references alarm,
    requested_by  text not null,
    requested_at  timestamptz not null,
    assigned_to   text,
    started_at    timestamptz,
    done_at       timestamptz,
    done_by       text,
    findings      text not null default '',
    downtime_min  numeric,                      -- how long the machine couldn't be used
    verified_by   text,
    check_result  text not null default '',     -- what the check after the work showed
    note          text not null default '',     -- why it waits, was rejected or cancelled
    closed_at     timestamptz,
    version       int not null default 1
);

-- One open order for one failure of one machine, however often it is found.
create unique index maintenance_order_open on maintenance_order (equipment_id, failure_mode)
    where status not in ('closed', 'rejected', 'cancelled');

-- A machine that fails again while its order is open: one order, all the excursions that it led to.
create table maintenance_order_excursion (
    order_id      int not null references maintenance_order,
    excursion_id  int not null references excursion,
    primary key (excursion_id, order_id)
);
