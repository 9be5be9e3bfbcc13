-- add --
insert into certificate (number, laboratory, instrument_id, calibrated_on, due_on, tolerance, supersedes_id,
                         supersede_reason, entered_at, entered_by)
values (%(number)s, %(laboratory)s, %(instrument_id)s, %(calibrated_on)s, %(due_on)s, %(tolerance)s, %(supersedes_id)s,
        %(supersede_reason)s, %(now)s, %(actor)s)
    on conflict (supersedes_id) do nothing
returning id

-- add_point --
insert into certificate_point (certificate_id, place, applied, as_found, as_left, uncertainty)
values (%(certificate_id)s, %(place)s, %(applied)s, %(as_found)s, %(as_left)s, %(uncertainty)s)

-- add_scan --
insert into certificate_scan (certificate_id, file_name, media_type, sha256, content)
values (%(certificate_id)s, %(file_name)s, %(media_type)s, %(sha256)s, %(content)s)

-- add_signature --
insert into certificate_signature (certificate_id, signature_id) values (%(certificate_id)s, %(signature_id)s)
    on conflict (certificate_id) do nothing

-- certificates --
-- With the worst errors of its lines, who signed it and what took its place. Filters that are null are none.
select c.*, worst.found as worst_found, worst.left as worst_left, s.signature_id, next.id as superseded_by,
       next_signed.signature_id is not null as successor_signed, scan.file_name, scan.sha256
  from certificate c
  join lateral (select max(abs(p.as_found)) as found, max(abs(p.as_left)) as left
                  from certificate_point p where p.certificate_id = c.id) as worst on true
  left join certificate_signature s on s.certificate_id = c.id
  left join certificate next on next.supersedes_id = c.id
  left join certificate_signature next_signed on next_signed.certificate_id = next.id
  left join certificate_scan scan on scan.certificate_id = c.id
 where (%(id)s::int is null or c.id = %(id)s)
   and (%(instrument_ids)s::int[] is null or c.instrument_id = any (%(instrument_ids)s))
 order by c.instrument_id, c.calibrated_on, c.id

-- points --
select * from certificate_point where certificate_id = %(certificate_id)s order by place

-- scan --
select file_name, media_type, sha256, content from certificate_scan where certificate_id = %(certificate_id)s
