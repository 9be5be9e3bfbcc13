-- How much time outside its cold store each lot has had, against how much its product withstands.

create table lot_lineage (
    child_id    int not null references lot,
    parent_id   int not null references lot,
    kind        text not null check (kind in ('split', 'merge')),
    quantity    numeric not null check (quantity > 0),  -- so much of the parent went into the child
    at          timestamptz not null,
    actor       text not null,
    reason      text not null,
    primary key (child_id, parent_id),
    check (child_id <> parent_id)
);

create index lot_lineage_parent on lot_lineage (parent_id, at);

create table stability_profile (
    id             int generated always as identity primary key,
    item_id        int not null references item,
    version        int not null,
    effective_from timestamptz not null,        -- of the first version: since when lots of the item are counted
    document       json not null,               -- bands, combination and the rest: see models.stability.Profile
    probe          text not null,               -- air, product: which probes of a place are believed
    product_tau_s  float8,                      -- time constant of the packed product, for the virtual product probe
    citation       text not null,
    reason         text not null,
    applied_by     text not null,
    unique (item_id, version)
);

-- The ledger. Rows are never changed: what turns out otherwise is corrected by another row.
create table stability_entry (
    id           bigint generated always as identity primary key,
    lot_id       int not null references lot,
    profile_id   int not null references stability_profile,
    band         text not null,                 -- 8..15; >30 beyond all bands
    kind         text not null check (kind in ('draw', 'inherit', 'credit', 'reversal')),
    amount_us    bigint not null check (amount_us <> 0),  -- drawn; negative: given back, or drawn too much before
    bucket_from  timestamptz,                   -- draw: the time in which it was drawn begins here, and
    bucket_to    timestamptz,                   -- was counted up to here
    zone_id      int references zone,           -- draw: where it stood first in that time
    parent_id    int references lot,            -- inherit: null where it is the most of several
    cause        text not null,                 -- stay; lineage; excursion:7
    reverses     bigint references stability_entry,  -- reversal: the credit that no longer holds
    reason       text not null default '',
    at           timestamptz not null,
    actor        text not null,
    signature_id int references signature,      -- nobody gives time back without one
    check ((kind = 'credit') = (signature_id is not null)),
    check ((kind = 'reversal') = (reverses is not null)),
    check ((kind = 'draw') = (bucket_from is not null))
);

create index stability_entry_lot on stability_entry (lot_id, profile_id);
create unique index stability_entry_reversed on stability_entry (reverses) where reverses is not null;

-- Up to when a lot has been counted, and by which stays. A memory of the watch; what counts is the ledger.
create table stability_account (
    lot_id      int not null references lot,
    profile_id  int not null references stability_profile,
    through     timestamptz not null,
    stays       json not null,                  -- [[zone, from, to], ...] as they were when it was counted
    primary key (lot_id, profile_id)
);

-- Readings of a time that has been counted have changed: it is counted again.
create table stability_due (
    id          bigint generated always as identity primary key,
    zone_id     int not null references zone,
    from_time   timestamptz not null,
    to_time     timestamptz not null,
    done_at     timestamptz
);

create index stability_due_open on stability_due (zone_id) where done_at is null;
