-- What was ordered from suppliers elsewhere and is expected here, and which lots came of it.

create table expected_line (
    id            int generated always as identity primary key,
    order_number  text not null,                -- of the purchase order, as the purchasing system counts
    line          text not null,                -- within its order
    item_id       int not null references item,
    supplier_id   int not null references supplier,
    quantity      numeric not null check (quantity > 0),  -- ordered, in the item's unit
    unit          text not null,
    due_on        date not null,                -- in the plant's calendar
    imported_by   text not null,
    imported_at   timestamptz not null,
    closed_by     text,
    closed_at     timestamptz,                  -- null: goods may still come
    close_reason  text not null default '',
    version       int not null default 1,
    unique (order_number, line)
);
create index expected_line_open on expected_line (due_on) where closed_at is null;

create table expected_arrival (                 -- only grows: a lot that came of a line
    id            int generated always as identity primary key,
    line_id       int not null references expected_line,
    lot_id        int not null unique references lot,
    quantity      numeric not null check (quantity > 0),  -- as received, in the line's unit
    note          text not null default '',     -- why more came than was ordered
    arrived_at    timestamptz not null,
    actor         text not null
);
create index expected_arrival_line on expected_arrival (line_id, id);
