-- columns --
select table_schema, table_name, column_name, data_type, column_default, is_nullable
  from information_schema.columns
 where table_schema in ('public', 'rollup', 'chunk')
 order by 1, 2, 3

-- constraints --
select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  from pg_constraint where connamespace in (select oid from pg_namespace where nspname in ('public', 'rollup'))
 order by 1, 2

-- indexes --
select schemaname, tablename, indexname, indexdef from pg_indexes where schemaname in ('public', 'rollup') order by 1, 2, 3

-- routines --
select p.oid::regprocedure::text, md5(p.prosrc), p.prosecdef, p.proacl::text
  from pg_proc p
 where p.pronamespace = 'public'::regnamespace
   and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
 order by 1

-- views --
select schemaname, viewname, definition from pg_views where schemaname = 'public' order by 1, 2

-- triggers --
select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
  from pg_trigger where not tgisinternal and tgrelid::regclass::text not like '\_%'
   and tgrelid::regclass::text not like 'queue.%' order by 1, 2

-- grants --
select table_schema, table_name, grantee, privilege_type
  from information_schema.table_privileges
 where grantee = 'isotherm_app' and table_schema in ('public', 'rollup', 'chunk')
 order by 1, 2, 3, 4
