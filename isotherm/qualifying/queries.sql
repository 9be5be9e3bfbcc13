-- installed --
select version() as engine, current_setting('server_encoding') as encoding, current_user::text as role,
       clock_timestamp() as clock, (select extversion from pg_extension where extname = 'timescaledb') as timescale,
       current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes

-- migrations --
select name, digest from schema_migration order by name

-- open_records --
-- Of the tables whose rows are for ever: those that the programs' role may change or empty after all.
select t.name
  from unnest(array['audit', 'reading', 'signature', 'trip_record', 'epcis_event', 'alarm_journal']) as t (name)
 where has_table_privilege(t.name, 'update') or has_table_privilege(t.name, 'delete')
    or has_table_privilege(t.name, 'truncate')
 order by t.name

-- left_behind --
select count(*) from point where name like 'qualification/%%'
