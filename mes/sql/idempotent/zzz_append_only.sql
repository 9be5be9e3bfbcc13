-- What the database itself refuses, whoever asks: the programs' role, and the owner of the schema as well.
--
-- `grows`: tables whose rows never change; each owner of one adds its name here. Every other table, present and future,
-- changes only by UPDATE of the programs: its rows can't be deleted or truncated, but for the few named in `passing`.
-- Only somebody who may switch triggers off (a superuser, or the owner by ALTER TABLE) can get past them; what they
-- change in the trail is then found by `isotherm audit verify`, and what they cut off its end by an exported checkpoint.

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

do $$
declare
    grows constant text[] := array[
        'signature', 'training_record', 'audit_checkpoint', 'audit_review',
        'alarm_journal', 'trip_scan', 'trip_record', 'epcis_event',
        'certificate', 'certificate_point', 'certificate_scan', 'certificate_signature', 'sensor_correction',
        'material_issue', 'material_return', 'scale_check', 'stock_count', 'stock_movement',
        'lot_lineage', 'shipment_return', 'stability_profile', 'batch_review', 'batch_evidence',
        'scanner_setting', 'drug_code', 'item_gtin',
        'maintenance_log', 'maintenance_labour', 'maintenance_photo', 'part_movement', 'stop_reason', 'alert_verdict',
        'round_start', 'round_entry', 'round_photo', 'round_miss', 'gauge_use', 'expected_arrival',
        'recall_start', 'recall_step', 'recall_scope', 'recall_line', 'recall_notice', 'recall_recovery',
        'recall_progress',
        'health_exclusion', 'health_reset',
        'batch_value', 'batch_capture', 'batch_print', 'line_clearance', 'line_clearance_check', 'equipment_log'
    ];
    passing constant text[] := array['session', 'outbox', 'api_answer', 'audit_proof', 'schema_migration'];  -- no records
    one text;
begin
    foreach one in array grows loop
        execute format('create or replace trigger %I before update or delete on %I for each row '
                       'execute function refuse_change()', one || '_append_only', one);
        execute format('create or replace trigger %I before truncate on %I for each statement '
                       'execute function refuse_change()', one || '_no_truncate', one);
        execute format('revoke update on %I from isotherm_app', one);
    end loop;
    for one in
        select c.relname from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
           and c.relname <> all (grows || passing)
           and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = c.relname || '_append_only')
    loop
        execute format('create or replace trigger %I before delete on %I for each row '
                       'execute function refuse_change()', one || '_no_delete', one);
        execute format('create or replace trigger %I before truncate on %I for each statement '
                       'execute function refuse_change()', one || '_no_truncate', one);
    end loop;
end $$;
