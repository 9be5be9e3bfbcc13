-- Master batch records as versions: written in draft, reviewed, approved, in force, replaced. And what items are
-- called in trade and counted in.

create table master_record (
    id             int generated always as identity primary key,
    product        text not null references item (code),
    number         int not null,                -- 1, 2, 3 of its product
    batch_size     numeric not null check (batch_size > 0),
    status         text not null,               -- draft, review, approved, effective, superseded, withdrawn
    document       jsonb not null,              -- the whole record
    reason         text not null,               -- what changes, and why
    change         text,                        -- number of the change control it came under; null: the product's first
    authored_by    text not null,
    authored_at    timestamptz not null,
    effective_from timestamptz,
    effective_to   timestamptz,
    author_signature_id   int references signature,
    approval_signature_id int references signature,
    installed      boolean not null default false,  -- in force since the plant was set up, from its folder
    version        int not null default 1,
    unique (product, number),
    check (status in ('draft', 'withdrawn') or installed or author_signature_id is not null),
    check (status not in ('approved', 'effective', 'superseded') or installed or approval_signature_id is not null)
);

create unique index master_record_effective on master_record (product, batch_size) where status = 'effective';

-- What has left its draft says for ever what it said, and goes only forward, but for a review that QA sends back.
create function master_record_is_fixed() returns trigger language plpgsql as $$
begin
    if old.status <> 'draft' and (new.document, new.product, new.number, new.batch_size, new.authored_by)
       is distinct from (old.document, old.product, old.number, old.batch_size, old.authored_by) then
        raise exception 'a master record is changed in draft only' using errcode = 'restrict_violation';
    end if;
    if new.status <> old.status and (old.status, new.status) not in (
        ('draft', 'review'), ('draft', 'withdrawn'), ('review', 'draft'), ('review', 'approved'),
        ('approved', 'effective'), ('effective', 'superseded')) then
        raise exception 'a master record does not go from % to %', old.status, new.status
            using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;

create trigger master_record_is_fixed before update on master_record
    for each row execute function master_record_is_fixed();

create table item_unit (                        -- one `unit` of the item is so many of its base unit
    item    text not null references item (code),
    unit    text not null,
    factor  numeric not null check (factor > 0),
    version int not null default 1,
    primary key (item, unit)
);

create table item_gtin (                        -- trade item numbers, a packaging level each
    gtin     char(14) primary key,
    item     text not null references item (code),
    level    text not null,                     -- each, inner, case, pallet
    quantity numeric not null check (quantity > 0)  -- of the item's base unit in one of it
);

create index item_gtin_item on item_gtin (item);

-- A code is one item, however it is typed (GMP 2010, article 182).
create unique index item_code_alike on item (upper(code));
