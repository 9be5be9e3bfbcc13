-- The programs' role: reads everything, adds and changes records, deletes nothing; ledgers and trails only grow.

do $$ begin
    if not exists (select 1 from pg_roles where rolname = 'isotherm_app') then
        create role isotherm_app;
    end if;
end $$;

grant usage on schema public to isotherm_app;
