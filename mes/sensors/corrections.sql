-- corrections --
select * from sensor_correction where instrument_id = %(instrument_id)s order by version desc

-- add --
insert into sensor_correction (instrument_id, version, correction, certificate_id, effective_from, reason, made_at,
                               made_by, signature_id)
values (%(instrument_id)s, %(version)s, %(correction)s, %(certificate_id)s, %(effective_from)s, %(reason)s, %(now)s,
        %(actor)s, %(signature_id)s)
    on conflict (instrument_id, version) do nothing
returning *
