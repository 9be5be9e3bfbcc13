-- schema --
CREATE TABLE IF NOT EXISTS block (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- a sequence is never used again, even after all rows are gone
    lane TEXT NOT NULL,                     -- cold-chain, process, bulk
    first INTEGER NOT NULL,                 -- received time of its first reading, µs since 1970
    last INTEGER NOT NULL,                  -- received time of its last reading
    n INTEGER NOT NULL,                     -- readings
    bytes INTEGER NOT NULL,
    block BLOB NOT NULL                     -- as it travels
) STRICT;
CREATE INDEX IF NOT EXISTS block_lane ON block (lane, seq);
CREATE TABLE IF NOT EXISTS covered (
    seq INTEGER PRIMARY KEY,                -- the last blocks that the database has committed
    block BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS meta (
    name TEXT PRIMARY KEY,                  -- epoch; dropped: readings since the epoch began
    value INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS gap (
    lane TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    first INTEGER NOT NULL,                 -- received time of the first reading that is gone
    last INTEGER NOT NULL,
    n INTEGER NOT NULL                      -- readings that are gone
) STRICT;

-- get_meta --
SELECT value FROM meta WHERE name = ?

-- set_meta --
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- last_sequence --
SELECT max(seq) FROM sqlite_sequence WHERE name = 'block'

-- totals --
SELECT count(*), coalesce(sum(n), 0), coalesce(sum(bytes), 0), min(first) FROM block

-- add_block --
INSERT INTO block (seq, lane, first, last, n, bytes, block) VALUES (?, ?, ?, ?, ?, ?, ?)

-- read_range --
SELECT seq, last, n, block FROM block WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?

-- read_one --
SELECT seq, last, n, block FROM block WHERE seq = ?

-- bounds --
SELECT min(seq), max(seq) FROM block

-- count_range --
SELECT count(*), coalesce(sum(n), 0), coalesce(sum(bytes), 0) FROM block WHERE seq BETWEEN ? AND ?

-- delete_range --
DELETE FROM block WHERE seq BETWEEN ? AND ?

-- keep_range --
INSERT INTO covered (seq, block) SELECT seq, block FROM block WHERE seq BETWEEN ? AND ?

-- forget_covered --
DELETE FROM covered WHERE seq <= (SELECT max(seq) FROM covered) - ?

-- last_blocks --
SELECT block FROM (SELECT seq, block FROM block UNION ALL SELECT seq, block FROM covered) ORDER BY seq DESC LIMIT ?

-- oldest_of_lane --
SELECT seq, first, last, n, bytes FROM block WHERE lane = ? ORDER BY seq LIMIT ?

-- older_than --
SELECT seq, lane, first, last, n, bytes FROM block WHERE last < ? ORDER BY seq LIMIT ?

-- add_gap --
INSERT INTO gap (lane, first_seq, last_seq, first, last, n) VALUES (?, ?, ?, ?, ?, ?)

-- last_gap --
SELECT rowid, lane FROM gap ORDER BY rowid DESC LIMIT 1

-- widen_gap --
UPDATE gap SET last_seq = ?, last = ?, n = n + ? WHERE rowid = ?

-- gaps --
SELECT lane, first_seq, last_seq, first, last, n FROM gap ORDER BY rowid
