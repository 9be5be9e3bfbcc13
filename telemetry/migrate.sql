-- timescale_available --
select 1 from pg_available_extensions where name = 'timescaledb'

-- make_ledger --
create table if not exists schema_migration (
    name       text primary key,
    digest     char(64) not null,
    applied_at timestamptz not null default now()
)

-- done --
select name, digest from schema_migration

-- remember --
insert into schema_migration (name, digest) values (%(name)s, %(digest)s)
