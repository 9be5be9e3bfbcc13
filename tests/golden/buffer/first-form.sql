-- The buffer of an older edge: two blocks wait, a third was covered, and it gave up thirty readings.
CREATE TABLE block (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- a sequence is never used again, even after all rows are gone
    lane TEXT NOT NULL,                     -- cold-chain, process, bulk
    first INTEGER NOT NULL,                 -- received time of its first reading, µs since 1970
    last INTEGER NOT NULL,                  -- received time of its last reading
    n INTEGER NOT NULL,                     -- readings
    bytes INTEGER NOT NULL,
    block BLOB NOT NULL                     -- as it travels
) STRICT;
CREATE INDEX block_lane ON block (lane, seq);
CREATE TABLE covered (
    seq INTEGER PRIMARY KEY,                -- the last blocks that the database has committed
    block BLOB NOT NULL
) STRICT;
CREATE TABLE meta (
    name TEXT PRIMARY KEY,                  -- epoch; dropped: readings since the epoch began
    value INTEGER NOT NULL
) STRICT;
CREATE TABLE gap (
    lane TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    first INTEGER NOT NULL,                 -- received time of the first reading that is gone
    last INTEGER NOT NULL,
    n INTEGER NOT NULL                      -- readings that are gone
) STRICT;

INSERT INTO meta VALUES ('epoch', 1767225600000), ('dropped', 30);
INSERT INTO block VALUES (7, 'cold-chain', 1767225600003000, 1767225601003000, 3, 400, X'4952423120ca968f00437b2265646765223a22656467652d636f6c642d73746f7265222c2265706f6368223a313736373232353630303030302c2273657175656e6365223a372c226e223a337d78016370cf48cccc4bccd34fcecf49d12d2ec92f4a85308bf2f373758df413338b740db908ab316260606400829fee0eff9d14fef3bbfd67f0f8cfe0fe9f81ed3f03c37f861dfb777073738314a0826a0606110686750c0cee0c0c0f1918aa80dc1f0c0ef50d07241c00de342ba5');
INSERT INTO block VALUES (8, 'process', 1767225600003000, 1767225601003000, 4, 400, X'495242323ea45e7e22bcab4c00897b2265646765223a22656467652d636f6c642d73746f7265222c2265706f6368223a313736373232353630303030302c2273657175656e6365223a382c226e223a342c2267617073223a5b5b2262756c6b222c312c362c313736373232353539313030303030302c313736373232353539393030303030302c323430302c2266756c6c222c305d5d7d780173676060c848cccc4bccd34fcecf49d12d2ec92f4a85308bf2f373758df413338b740db908ab316260646064646662d8e1ade0e6e1ce0634d8c18181c1c98981819f9f09c883821dfb77ece0060226a06206462409060666a01246106262a8666010616058c7c0e0cec0f09081a10ac8fdc1e050df7040c22102680f50292bcc40209d705d5684114584c1b481010060e92862');
INSERT INTO block VALUES (9, 'process', 1767225600003000, 1767225601003000, 4, 400, X'00');
DELETE FROM block WHERE seq = 9;
INSERT INTO gap VALUES ('bulk', 3, 5, 1000, 2000, 30);
