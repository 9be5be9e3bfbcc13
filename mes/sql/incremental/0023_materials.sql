-- Where each part of a lot is and came from: receipts, containers, the ledger of movements, counts, reservations; and
-- what happens to materials of a batch: weighing into containers, issue, return.

alter table lot
    add column supplier        text references supplier (code),  -- null: made here, or opening stock
    add column supplier_lot    text not null default '', -- the supplier's own number
    add column coa             text not null default '', -- reference of the certificate of analysis
    add column manufactured_on date,
    add column retest_on       date,                     -- last day of use without a new test; null: none is due
    add column assay_pct       numeric check (assay_pct > 0 and assay_pct <= 200),  -- content found by analysis
    add column gtin            text check (gtin ~ '^[0-9]{14}$');

create table container (                        -- a drum, a bag, a pallet: so much of one lot at one place
    id         int generated always as identity primary key,
    number     text not null unique,            -- what its label says: LPN or SSCC
    lot_id     int not null references lot,
    zone_id    int not null references zone,    -- its own place
    quantity   numeric not null check (quantity >= 0),  -- 0: empty
    parent_id  int references container,        -- that it was split from
    made_by    text not null,
    made_at    timestamptz not null,
    version    int not null default 1
);
create index container_lot on container (lot_id);

create table stock_movement (                   -- only grows: its sum is the stock, by lot, place and container
    id           bigint generated always as identity primary key,
    lot_id       int not null references lot,
    zone_id      int not null references zone,
    container_id int references container,      -- null: not in a container
    quantity     numeric not null check (quantity <> 0),  -- so much more (+) or less (-) of it stands there
    kind         text not null,                 -- opening, receipt, move, pack, split, merge, issue, return, weighing, count, destruction
    reference    text not null default '',      -- number of the batch, count, or container it belongs to
    at           timestamptz not null,          -- when it happened
    recorded_at  timestamptz not null,
    moved_by     text not null
);
create index stock_movement_lot on stock_movement (lot_id, id);

insert into stock_movement (lot_id, zone_id, quantity, kind, at, recorded_at, moved_by)
select lot_id, zone_id, quantity, 'opening', from_time, from_time, moved_by
  from stock_interval where to_time is null order by id;

create table stock_count (                      -- only grows
    id           int generated always as identity primary key,
    number       text not null unique,          -- CNT-2026-0001
    lot_id       int not null references lot,
    zone_id      int not null references zone,
    container_id int references container,      -- null: what stands loose
    booked       numeric not null,
    counted      numeric not null check (counted >= 0),
    reason       text not null default '',
    counted_by   text not null,
    counted_at   timestamptz not null,
    signature_id int references signature,      -- nobody books a variance without one
    check (booked = counted or (reason <> '' and signature_id is not null))
);

create table stock_reservation (
    id          int generated always as identity primary key,
    batch_id    int not null references batch_record,
    line        int not null,                   -- of its order
    lot_id      int not null references lot,
    quantity    numeric not null check (quantity > 0),
    reserved_by text not null,
    reserved_at timestamptz not null,
    ended_at    timestamptz,                    -- null: it stands
    ended_by    text,
    end_reason  text                            -- issued, cancelled, hold: ...
);
create index stock_reservation_lot on stock_reservation (lot_id) where ended_at is null;
create index stock_reservation_batch on stock_reservation (batch_id);

alter table material_issue
    add column line         int,                -- of the order; null: from before lines had numbers
    add column container_id int references container,
    add column step_id      int references batch_step,
    add column warnings     text[] not null default '{}',
    add column override_reason text not null default '',
    add column signature_id int references signature;  -- of who overrode

create table material_return (                  -- only grows: what was issued and not used goes back into its lot
    id              int generated always as identity primary key,
    issue_id        bigint not null references material_issue,
    quantity        numeric not null check (quantity > 0),
    zone_id         int not null references zone,
    reason          text not null check (reason <> ''),
    returned_by     text not null,
    returned_at     timestamptz not null,
    idempotency_key text not null unique
);
create index material_return_issue on material_return (issue_id);

create table scale_check (                      -- only grows: a test weight on a scale, once a day before it is used
    id           int generated always as identity primary key,
    point_id     int not null references point, -- the scale's weight
    nominal      numeric not null,              -- of the test weight, in the scale's unit
    tolerance    numeric not null check (tolerance >= 0),
    shown        numeric not null,              -- by the scale's own stable readings
    passed       boolean not null,
    weight_no    text not null,                 -- number of the test weight
    checked_by   text not null,
    checked_at   timestamptz not null
);
create index scale_check_point on scale_check (point_id, id);

create table dispensing (                       -- one container of one line of a batch, from plan to use
    id              int generated always as identity primary key,
    number          text not null unique,       -- DSP-2026-0001: on its label
    batch_id        int not null references batch_record,
    line            int not null,
    lot_id          int not null references lot,           -- reserved for it
    reservation_id  int references stock_reservation,
    target          numeric not null check (target > 0),   -- net, in the item's unit, adjusted by assay where asked
    low             numeric not null,
    high            numeric not null,
    status          text not null,              -- planned, weighing, weighed, verified, staged, consumed, returned, destroyed, rejected
    zone_id         int references zone,        -- where it is weighed
    point_id        int references point,       -- the scale's weight; null: typed
    tare            numeric,
    gross           numeric,
    net             numeric,
    evidence        jsonb not null default '{}',  -- readings that say so, or why it was typed
    container_id    int references container,   -- what was filled
    source_id       int references container,   -- what it was filled from; null: loose
    weighed_by      text,
    weighed_at      timestamptz,
    weigher_id      int references person,
    signature_id    int references signature,   -- of the second person
    ended_reason    text not null default '',
    version         int not null default 1
);
create index dispensing_batch on dispensing (batch_id, line);
