-- Runs last: grants on every table that any package has made.

grant select, insert, update on all tables in schema public to isotherm_app;
grant usage on all sequences in schema public to isotherm_app;
revoke insert, update on schema_migration from isotherm_app;
revoke update on limit_rule from isotherm_app;
grant update (effective_to) on limit_rule to isotherm_app;  -- a version says for ever what it said
revoke update on audit, reading, signature, kept_report from isotherm_app;
revoke update on alarm_journal from isotherm_app;
revoke update on trip_scan, trip_record, epcis_event from isotherm_app;
