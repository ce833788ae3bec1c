-- A database that kv-memory 1.1.0 made and a later version went on with (format kv-memory-2): the column `links` is no
-- longer read or written, memory_links has terms, empty in old rows, and `memories` has a score.
BEGIN;
CREATE TABLE memories(
    key TEXT PRIMARY KEY, summary TEXT NOT NULL, text TEXT NOT NULL, meta TEXT NOT NULL, links TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL, score REAL);
CREATE TABLE memory_links(
    id INTEGER PRIMARY KEY AUTOINCREMENT, from_key TEXT NOT NULL, to_key TEXT NOT NULL, link_type TEXT NOT NULL,
    weight REAL DEFAULT 0.5, created_at INTEGER NOT NULL, term TEXT NOT NULL DEFAULT '', access_count INTEGER DEFAULT 0,
    last_accessed_at INTEGER, UNIQUE(from_key, to_key, link_type));
INSERT INTO memories VALUES
('untouched', 's', 't', '{"id":"untouched","created_at":1770700000123}',
    '[{"type":"design","key":"b","term":"why","weight":0.25},{"type":"bug","term":"no key","weight":1},{"type":"bug","key":"nowhere","term":"gone","weight":0.9},{"type":"bug","key":"b","term":"came later","weight":0.5}]', 1770700000123, 50),
('written', 's', 't', '{}',
    '[{"type":"design","key":"b","term":"old","weight":0.25},{"type":"bug","term":"no key","weight":1},{"type":"bug","key":"nowhere","term":"gone","weight":0.9},{"type":"bug","key":"b","term":"taken away","weight":0.5},{"type":"decision","key":"new","term":"its own","weight":0.1}]', 1770700000124, 50),
('b', 's', 't', '{}', '[{"type":"design","key":"untouched","term":"all of it","weight":0.5}]', 1770700000125, 50),
('new', '中文🧠', 't', '{"score":50,"version":1}', '[]', 1770700000126, 50),
('twice', 's', 't', '{}',
    '[{"type":"bug","key":"b","term":"first","weight":0.1},{"type":"bug","key":"b","term":"second","weight":0.2}]', 1770700000127, 50);
INSERT INTO memory_links(from_key, to_key, link_type, weight, created_at, term, access_count) VALUES
('untouched', 'b', 'design', 0.25, 1770700000123, '', 3), ('written', 'b', 'design', 0.75, 1770700000124, 'new', 0),
('written', 'untouched', 'bug', 0.6, 1770700000124, 'added', 0), ('written', 'new', 'decision', 0.1, 1770700000124, '', 0),
('new', 'b', 'decision', 0.5, 1770700000126, 'fresh', 0), ('twice', 'b', 'bug', 0.2, 1770700000127, '', 0);
COMMIT;
