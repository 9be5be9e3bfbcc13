-- Who gets what: customers, shipments with what was picked of which lot, and what came back (GMP 2010, articles 137, 295).

create table customer (
    id                 int generated always as identity primary key,
    code               text not null unique,
    name               text not null,
    address            text not null,
    contact            text not null,
    min_remaining_days int not null default 0 check (min_remaining_days >= 0),  -- what a lot must still last on its arrival
    retired_at         timestamptz,                -- null: may be shipped to
    version            int not null default 1
);

create table shipment (
    id            int generated always as identity primary key,
    number        text not null unique,            -- SHP-2026-0001
    status        text not null,                   -- planned, picked, loaded, shipped, delivered, refused, returned, cancelled
    customer_id   int not null references customer,
    consignee     text not null,                   -- name, address, contact: as the customer's were when it was planned
    address       text not null,
    contact       text not null,
    min_remaining_days int not null default 0,
    transport     text not null,                   -- cold_road, road, air, rail, sea, courier, collected
    carrier       text not null default '',
    planned_on    date not null,                   -- in the plant's calendar
    trip_id       int references trip,             -- of the vehicle that carries it; null: somebody else's
    short_reason  text not null default '',        -- why less goes than was asked for
    planned_by    text not null,
    planned_at    timestamptz not null,
    shipped_by    text,
    shipped_at    timestamptz,
    arrived_at    timestamptz,                     -- delivered or refused
    receiver      text not null default '',        -- who took it over
    proof         text not null default '',        -- number of the signed delivery note
    ended_reason  text not null default '',        -- why it was refused or cancelled
    version       int not null default 1,
    check (arrived_at is null or arrived_at >= shipped_at)
);
create index shipment_trip on shipment (trip_id);
create index shipment_customer on shipment (customer_id, id);

create table shipment_line (
    shipment_id int not null references shipment,
    line        int not null,                      -- 1, 2, 3
    item_id     int not null references item,
    quantity    numeric not null check (quantity > 0),
    unit        text not null,
    primary key (shipment_id, line)
);

create table shipment_pick (                       -- so much of a lot, or of one container of it
    id             int generated always as identity primary key,
    shipment_id    int not null references shipment,
    line           int not null,
    lot_id         int not null references lot,
    container_id   int references container,       -- null: loose, or a part of one that was loaded into a vehicle
    zone_id        int not null references zone,   -- where it stands: picked from there, or the vehicle
    code           text not null,                  -- what was scanned: number of the container or lot
    quantity       numeric not null check (quantity > 0),
    unit           text not null,
    reservation_id int references stock_reservation,
    override_reason text not null default '',      -- why not the lot that expires first
    picked_by      text not null,
    picked_at      timestamptz not null,
    put_back_by    text,
    put_back_at    timestamptz,                    -- null: it is in the shipment
    left_at        timestamptz,                    -- when it left the stock; null: it is in it
    foreign key (shipment_id, line) references shipment_line
);
create index shipment_pick_shipment on shipment_pick (shipment_id);
create index shipment_pick_lot on shipment_pick (lot_id);
create index shipment_pick_container on shipment_pick (container_id) where put_back_at is null and left_at is null;

create table shipment_return (                     -- only grows: what came back, as a lot of its own in quarantine
    lot_id      int primary key references lot,
    shipment_id int not null references shipment,
    origin_id   int not null references lot,       -- the lot that was shipped
    quantity    numeric not null check (quantity > 0),
    unit        text not null,
    reason      text not null check (reason <> ''),
    returned_by text not null,
    returned_at timestamptz not null
);
create index shipment_return_shipment on shipment_return (shipment_id);

-- A lot is kept for a shipment as it is for a batch. What has left on a vehicle stays kept, whatever is held.
alter table stock_reservation
    alter column batch_id drop not null,
    alter column line drop not null,
    add column shipment_id int references shipment,
    add column on_the_road boolean not null default false,
    add constraint stock_reservation_for check ((batch_id is null) <> (shipment_id is null));
create index stock_reservation_shipment on stock_reservation (shipment_id);

alter table lot_lineage
    drop constraint lot_lineage_kind_check,
    add constraint lot_lineage_kind_check check (kind in ('split', 'merge', 'returned'));
