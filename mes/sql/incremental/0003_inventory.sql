create table item (
    id          int generated always as identity primary key,
    code        text not null unique,
    kind        text not null,                  -- raw, packaging, reagent, product
    name_en     text not null,
    name_zh     text not null,
    unit        text not null,
    policy      text,                           -- how it must be stored
    expires     boolean not null default true,  -- whether a lot without a date of expiry may not be used
    retired_at  timestamptz
);

create table lot (
    id             int generated always as identity primary key,
    number         text not null unique,
    item_id        int not null references item,
    quality_status text not null,               -- quarantine, released, rejected: what QA decided
    quantity       numeric not null check (quantity >= 0),  -- what is left of it in the plant
    unit           text not null,
    received_at    timestamptz not null,
    expires_on     date,                        -- last day of use in the plant's calendar; null: does not expire
    version        int not null default 1
);

create table stock_interval (
    id          bigint generated always as identity primary key,
    lot_id      int not null references lot,
    zone_id     int not null references zone,
    quantity    numeric not null check (quantity > 0),
    from_time   timestamptz not null,
    to_time     timestamptz,                    -- half open: it stood there in [from, to); null: it still does
    moved_by    text not null,
    check (to_time is null or to_time > from_time)
);

create index stock_interval_zone on stock_interval (zone_id, from_time);
create unique index stock_interval_here on stock_interval (lot_id, zone_id) where to_time is null;

create table lot_hold (
    id           int generated always as identity primary key,
    lot_id       int not null references lot,
    cause        text not null,                 -- what brought it: excursion:7, deviation:3, manual:...
    reason       text not null,
    placed_by    text not null,
    placed_at    timestamptz not null,
    lifted_by    text,
    lifted_at    timestamptz,
    signature_id int references signature,      -- nobody lifts a hold without one
    check ((lifted_at is null) = (signature_id is null))
);

create unique index lot_hold_active on lot_hold (lot_id, cause) where lifted_at is null;
