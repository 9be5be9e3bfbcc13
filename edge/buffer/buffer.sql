-- schema --
CREATE TABLE IF NOT EXISTS waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- a sequence is never used again, even after all rows are gone
    lane TEXT NOT NULL,                     -- cold-chain, process, bulk; gap: tells what was given up
    first INTEGER NOT NULL,                 -- received time of its first reading, µs since 1970
    last INTEGER NOT NULL,                  -- received time of its last reading
    n INTEGER NOT NULL,                     -- readings
    bytes INTEGER NOT NULL,
    lived INTEGER NOT NULL                  -- how long the buffer had run when it came, µs: its age, whatever the clock says
) STRICT;
CREATE INDEX IF NOT EXISTS waiting_lane ON waiting (lane, seq);
CREATE TABLE IF NOT EXISTS content (
    key INTEGER PRIMARY KEY,                -- lane, then sequence: the oldest of a lane lie together, and leave whole pages
    block BLOB NOT NULL                     -- as it travels
) STRICT;
CREATE TABLE IF NOT EXISTS covered (
    seq INTEGER PRIMARY KEY,                -- the last blocks that the database has committed
    block BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS meta (
    name TEXT PRIMARY KEY,                  -- epoch; lived; gaps; dropped-<lane>: readings since the epoch began
    value INTEGER NOT NULL
) STRICT;

-- get_meta --
SELECT value FROM meta WHERE name = ?

-- set_meta --
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- epoch_mark --
PRAGMA user_version

-- meta --
SELECT name, value FROM meta

-- last_sequence --
SELECT max(seq) FROM sqlite_sequence WHERE name IN ('waiting', 'block')

-- totals --
SELECT count(*), coalesce(sum(n), 0), min(first) FILTER (WHERE n > 0), max(last), min(seq), max(seq), max(lived)
  FROM waiting

-- oldest --
SELECT first FROM waiting WHERE n > 0 ORDER BY seq LIMIT 1

-- add_block --
INSERT INTO waiting (seq, lane, first, last, n, bytes, lived) VALUES (?, ?, ?, ?, ?, ?, ?)

-- add_content --
INSERT INTO content (key, block) VALUES (?, ?)

-- change_content --
UPDATE content SET block = ? WHERE key = ?

-- read_range --
SELECT seq, lane, last, n FROM waiting WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?

-- read_content --
SELECT block FROM content WHERE key = ?

-- bounds --
SELECT min(seq), max(seq) FROM waiting

-- range --
SELECT seq, lane, n FROM waiting WHERE seq BETWEEN ? AND ? ORDER BY seq

-- delete_block --
DELETE FROM waiting WHERE seq = ?

-- delete_content --
DELETE FROM content WHERE key = ?

-- keep_block --
INSERT INTO covered (seq, block) SELECT ?, block FROM content WHERE key = ?

-- forget_covered --
DELETE FROM covered WHERE seq <= (SELECT max(seq) FROM covered) - ?

-- last_blocks --
SELECT lane, seq, block FROM (
    SELECT lane, seq, NULL AS block FROM waiting WHERE n > 0 UNION ALL SELECT NULL, seq, block FROM covered
) ORDER BY seq DESC LIMIT ?

-- oldest_of_lane --
SELECT seq, first, last, n, bytes FROM waiting WHERE lane = ? ORDER BY seq LIMIT ?

-- lived_before --
SELECT lane, seq, first, last, n, bytes FROM waiting WHERE lived < ? AND lane <> 'gap' ORDER BY seq LIMIT ?

-- of_lane --
SELECT seq FROM waiting WHERE lane = ? ORDER BY seq

-- first_form --
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'block'

-- first_form_blocks --
SELECT seq, lane, first, last, n, block FROM block ORDER BY seq LIMIT ?

-- first_form_delete --
DELETE FROM block WHERE seq <= ?

-- first_form_gaps --
SELECT lane, first_seq, last_seq, first, last, n FROM gap ORDER BY rowid

-- first_form_end --
DELETE FROM sqlite_sequence WHERE name = 'waiting';
INSERT INTO sqlite_sequence (name, seq) VALUES ('waiting', :last);
DROP TABLE block;
DROP TABLE gap
