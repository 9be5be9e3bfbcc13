-- highest --
select max(version) from edge_config where edge = %(edge)s

-- push --
insert into edge_config (edge, version, issued_at, digest, envelope, pushed_at, pushed_by)
values (%(edge)s, %(version)s, %(issued_at)s, %(digest)s, %(envelope)s, %(now)s, %(by)s)

-- unpublished --
select edge, version, envelope from edge_config where published_at is null order by pushed_at for update skip locked

-- published --
update edge_config set published_at = %(now)s where edge = %(edge)s and version = %(version)s

-- newest --
select envelope from edge_config where edge = %(edge)s and version > %(seen)s order by version desc limit 1

-- outcome --
insert into edge_config_outcome (edge, born, number, at, version, digest, fate, reasons, stored_at)
values (%(edge)s, %(born)s, %(number)s, %(at)s, %(version)s, %(digest)s, %(fate)s, %(reasons)s, %(now)s)
on conflict do nothing

-- pushed --
select edge, version, issued_at, digest, pushed_at, pushed_by, published_at
  from edge_config
 where %(edge)s::text is null or edge = %(edge)s
 order by edge, version desc
 limit %(most)s

-- outcomes --
select edge, at, version, digest, fate, reasons, stored_at
  from edge_config_outcome
 where %(edge)s::text is null or edge = %(edge)s
 order by edge, born desc, number desc
 limit %(most)s

-- newest_outcomes --
-- The last word of every edge.
select distinct on (edge) edge, at, version, digest, fate, reasons, stored_at
  from edge_config_outcome
 order by edge, born desc, number desc
