-- A database of the first native tables (format kv-memory-1). The JSON in `links` is the truth: memory_links lacks
-- the links whose target did not exist.
BEGIN;
CREATE TABLE memories(
    key TEXT NOT NULL, namespace TEXT NOT NULL, domain TEXT NOT NULL, summary TEXT NOT NULL, text TEXT NOT NULL,
    type TEXT NOT NULL, keywords TEXT, meta TEXT, links TEXT, created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    PRIMARY KEY (namespace, key));
CREATE TABLE memory_links(
    id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, from_key TEXT NOT NULL, to_key TEXT NOT NULL,
    link_type TEXT NOT NULL, weight REAL DEFAULT 0.5, created_at INTEGER NOT NULL DEFAULT (unixepoch()));
INSERT INTO memories VALUES
('a', 'mem', 'd', 's', ':not escaped here', 'design', '["k","中文"]', '{"id":"a","created_at":1769000000123,"access_count":2,"status":"active","score":50}',
    '[{"type":"design","key":"b","term":"x","weight":0.5},{"type":"bug","key":"nowhere","term":"y","weight":0.9}]', 1769000000),
('b', 'mem', 'd', 's', 't', 'design', NULL, NULL, NULL, 1769000001),
('c', 'mem:project', 'd', 's', 't', 'design', '[]', '{}', '[]', 1769000002000),
('d', '', 'd', 's', 't', 'design', '[]', 'null', '[]', 1769000003),
('broken_lists', 'mem', 'd', 's', 't', 'design', 'k1,k2', '{"id":', '[{"type":', 1769000004),
('odd_columns', 'mem', x'00ff', 's', 't', 'design', '["a",1]', '[]', '{}', 'yesterday'),
('bad_utf8', 'mem', 'd', CAST(x'61ff' AS TEXT), 't', 'design', '[]', '{}', '[]', 1769000005);
INSERT INTO memory_links(namespace, from_key, to_key, link_type, weight, created_at)
VALUES ('mem', 'a', 'b', 'design', 0.5, 1769000000);
COMMIT;
