-- insert_gap --
insert into ingest_gap (at, edge, epoch, sequence, lane, reason, n, of_epoch, first_sequence, last_sequence,
                        first_time, last_time)
values (%(now)s, %(edge)s, %(epoch)s, %(sequence)s, %(lane)s, %(reason)s, %(n)s, %(of_epoch)s, %(first_sequence)s,
        %(last_sequence)s, %(first_time)s, %(last_time)s)

-- insert_aside --
insert into reading_aside (point_id, time, batch_id, claimed_us, status)
select point_id, timestamptz 'epoch' + time_us * interval '1 microsecond', batch_id, claimed_us, status
  from unnest(%(point)s::int[], %(time_us)s::bigint[], %(batch)s::bigint[], %(claimed_us)s::bigint[],
              %(status)s::bigint[])
       as a (point_id, time_us, batch_id, claimed_us, status)
