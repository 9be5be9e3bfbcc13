-- make_twin --
create database {twin} template {plant}

-- drop_twin --
drop database if exists {twin} with (force)

-- tidy --
-- What autovacuum does sooner or later.
vacuum (analyze) reading, ingest_batch, rollup.minute, rollup.hour

-- size --
select sum(pg_total_relation_size(c.oid))::bigint
  from pg_class c where c.relnamespace in ('chunk'::regnamespace, 'rollup'::regnamespace) and c.relkind = 'r'
