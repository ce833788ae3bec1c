-- A legacy database as Keyv with @keyv/sqlite 3 or 4 leaves it (format keyv): 300 ordinary linked memories, then one
-- row or a few for every odd thing that occurs in the field.
--
--     sqlite3 legacy.sqlite < Tools/sample/keyv_sample.sql
BEGIN;
CREATE TABLE keyv(key VARCHAR(255) PRIMARY KEY, value TEXT);

-- Ordinary: node_1 … node_300, each linked to the next two; the last two links point at keys that do not exist.
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300),
words(i, word) AS (VALUES (0, 'cache'), (1, 'schema'), (2, 'retry'), (3, 'layout'), (4, 'token'), (5, 'queue'), (6, 'index')),
kinds(i, kind) AS (VALUES (0, 'decision'), (1, 'constrained'), (2, 'bug'), (3, 'design'), (4, 'assumption'), (5, 'experiment'))
INSERT INTO keyv(key, value)
SELECT 'mem:node_' || n, json_object('value', json_object(
    'domain', CASE n % 3 WHEN 0 THEN 'backend' WHEN 1 THEN 'frontend' ELSE 'operations' END,
    'summary', 'Note ' || n || ' on the ' || word,
    'text', 'What was found about the ' || word || ' in step ' || n || ', and why it was done this way and not another. '
        || 'The ' || word || ' had to stay under ' || (n * 7 % 90 + 10) || ' ms, so the simpler plan was taken.',
    'type', kind,
    'keywords', json_array(word, 'step-' || n),
    'links', json_array(
        json_object('type', kind, 'key', 'node_' || (n + 1), 'term', word, 'weight', (n % 11) / 10.0),
        json_object('type', 'design', 'key', 'node_' || (n + 2), 'term', 'next but one', 'weight', 0.5)),
    'meta', json_object(
        'id', 'node_' || n, 'created_at', 1769000000000 + n * 61000, 'last_accessed_at', 1769100000000 + n * 61000,
        'last_linked_at', 1769050000000 + n * 61000, 'in_degree', 0, 'out_degree', 0, 'access_count', n % 17,
        'traverse_count', n % 5, 'status', CASE n % 20 WHEN 0 THEN 'cold' WHEN 10 THEN 'deprecated' ELSE 'active' END)))
FROM numbers JOIN words ON words.i = n % 7 JOIN kinds ON kinds.i = n % 6
ORDER BY n;

INSERT INTO keyv(key, value) VALUES
-- Colons in namespaces and keys. With the namespace mem:project known, ui lies in it; else project:ui lies in mem.
('mem:project:ui', '{"value":{"domain":"ui","summary":"A key or a namespace with a colon","text":"t","type":"design","keywords":[],"links":[]}}'),
('team:a:b:c', '{"value":{"domain":"d","summary":"Many colons","text":"t","type":"design","keywords":["k"],"links":[]}}'),
('no_namespace', '{"value":{"domain":"d","summary":"A key without a namespace","text":"t","type":"bug","keywords":[],"links":[]}}'),
(':leading', '{"value":{"domain":"d","summary":"A key that begins with a colon","text":"t","type":"bug","keywords":[],"links":[]}}'),
-- Two rows for one memory: in namespace mem, Keyv reads the keys twice and mem:twice as one.
('twice', '{"value":{"domain":"d","summary":"Without a prefix, it loses","text":"t","type":"bug","keywords":[],"links":[]}}'),
('mem:twice', '{"value":{"domain":"d","summary":"With a prefix, it wins","text":"t","type":"bug","keywords":[],"links":[]}}'),
-- The serializer's escapes.
('mem:escaped', '{"value":{"domain":"::double","summary":":: two colons were one","text":"::base64: as a word","type":":design","keywords":["::tag","plain"],"links":[{"type":"design","key":"::odd","term":":: term","weight":1}],"note":{":member":[":: deep"]}}}'),
('mem:binary', '{"value":{"domain":"d","summary":"A binary text","text":":base64:3q2+7w==","type":"bug","keywords":["a",":base64:AA=="],"links":[],"attachment":":base64:iVBORw=="}}'),
('mem:bigint_word', '{"value":{"domain":"d","summary":"No integer before Keyv 6","text":":bigint:12","type":"bug","keywords":[],"links":[]}}'),
-- Left out and null members.
('mem:undefined_members', '{"value":{"summary":"Only a summary, and a hole in the keywords","keywords":["a",null,"b"],"text":null}}'),
('mem:empty', '{"value":{}}'),
-- The old program''s bug, and what other code stored.
('keyv:undefined', '{"value":{"meta":{"id":"undefined","created_at":1769000000000,"access_count":1,"status":"active"}}}'),
('mem:ui_note', '{"value":"This is UI"}'),
('mem:list_value', '{"value":[1,2,3]}'),
('mem:null_value', '{"value":null}'),
('mem:no_value', '{"expires":null}'),
('mem:bare_string', '"no envelope"'),
-- Broken in every way.
('mem:cut_off', '{"value":{"domain":"d","summary":"cut o'),
('mem:not_json', 'hello'),
('mem:trailing', '{"value":{"summary":"x"}} {}'),
('mem:empty_text', ''),
('mem:sql_null', NULL),
('mem:blob_value', x'7b2276616c7565223a7b7d7d'),
('mem:bad_utf8', CAST(x'7b2276616c7565223a7b2273756d6d617279223a2261ff62227d7d' AS TEXT)),
('mem:lone_surrogate', '{"value":{"summary":"half of an emoji \ud83d"}}'),
(CAST(x'6d656d3a62ff64' AS TEXT), '{"value":{"summary":"A key that is not UTF-8"}}'),
(x'6d656d3a626c6f62', '{"value":{"summary":"A key that is a BLOB"}}'),
(NULL, '{"value":{"summary":"No key at all"}}'),
('', '{"value":{"summary":"An empty key"}}'),
('mem:', '{"value":{"summary":"Nothing behind the namespace"}}'),
('mem:line' || char(10) || 'break', '{"value":{"summary":"A control character in the key"}}'),
('mem:' || replace(hex(zeroblob(600)), '00', 'kk'), '{"value":{"summary":"A key beyond 1,024 bytes"}}'),
-- Expiry: past, future, null, and of the wrong type.
('mem:expired', '{"value":{"domain":"d","summary":"Expired in January 2024","text":"t","type":"bug","keywords":[],"links":[]},"expires":1704067200000}'),
('mem:expires_later', '{"value":{"domain":"d","summary":"Expires in the year 2100","text":"t","type":"bug","keywords":[],"links":[]},"expires":4102444800000}'),
('mem:expires_null', '{"value":{"domain":"d","summary":"Never expires","text":"t","type":"bug","keywords":[],"links":[]},"expires":null}'),
('mem:expires_text', '{"value":{"domain":"d","summary":"An expiry that is no number","text":"t","type":"bug","keywords":[],"links":[]},"expires":"tomorrow"}'),
-- Fields that nobody asked for, fields of the wrong type, repeated fields.
('mem:unknown_fields', '{"value":{"domain":"d","summary":"More than was asked for","text":"t","type":"bug","keywords":[],"links":[],"priority":3,"source":{"file":"a.ts","lines":[1,2]},"meta":{"id":"unknown_fields","created_at":1769000000000,"mood":"good"}},"tag":"x"}'),
('mem:wrong_types', '{"value":{"domain":7,"summary":["s"],"text":{"a":1},"type":true,"keywords":"k","links":{"a":1},"meta":{"created_at":"yesterday","access_count":-1,"status":"sleeping"}}}'),
('mem:meta_text', '{"value":{"summary":"Statistics that are none","meta":"none"}}'),
('mem:repeated', '{"value":{"summary":"first","summary":"The last one counts","text":"t"}}'),
('mem:exact_numbers', '{"value":{"summary":"Digits must survive","ratio":1.10,"big":12345678901234567890,"meta":{"created_at":1.769e12,"access_count":3.0}}}'),
-- Links: foreign types, weights outside 0 to 1, missing or odd ones, no key, no target.
('mem:foreign_link_types', '{"value":{"domain":"d","summary":"Types outside the list","text":"t","type":"bug","keywords":[],"links":[{"type":"supersedes","key":"node_1","term":"old","weight":0.5},{"type":"","key":"node_2","term":"","weight":0.25}]}}'),
('mem:odd_weights', '{"value":{"domain":"d","summary":"Weights of all kinds","text":"t","type":"bug","keywords":[],"links":[{"type":"bug","key":"node_1","term":"a","weight":1.5},{"type":"bug","key":"node_2","term":"b","weight":-0.5},{"type":"bug","key":"node_3","term":"c"},{"type":"bug","key":"node_4","term":"d","weight":"heavy"},{"type":"bug","key":"node_5","term":"e","weight":null},{"type":"bug","key":"node_6","term":"f","weight":0.30000000000000004}]}}'),
('mem:missing_target', '{"value":{"domain":"d","summary":"Points at nothing","text":"t","type":"bug","keywords":[],"links":[{"type":"design","key":"nowhere","term":"gone","weight":0.5}]}}'),
('mem:keyless_links', '{"value":{"domain":"d","summary":"Links without a key","text":"t","type":"bug","keywords":[],"links":[{"type":"assumption","term":"idea","weight":0.5},{"type":"assumption","key":null,"term":"null key","weight":0.5}]}}'),
('mem:odd_links', '{"value":{"domain":"d","summary":"Links that are none","text":"t","type":"bug","keywords":["a",1,true],"links":[null,"x",{"type":"bug","key":5,"term":["t"],"note":"n"},[]]}}'),
-- Text of the world, escapes, and much of it.
('mem:中文', '{"value":{"domain":"量子","summary":"量子计算基础概念","text":"叠加与纠缠。🧠👩‍👩‍👧‍👦","type":"design","keywords":["量子","🧠"],"links":[{"type":"design","key":"中文","term":"自己","weight":1}]}}'),
('mem:json_escapes', '{"value":{"domain":"d","summary":"\u4e2d\u6587 \ud83e\udde0 \"quoted\" \/ \\ \b\f\n\r\t","text":"a\u0001b","type":"bug","keywords":[],"links":[]}}'),
('mem:nul', '{"value":{"domain":"d","summary":"before\u0000after","text":"t","type":"bug","keywords":[],"links":[]}}'),
('mem:spaces', ' { "value" : { "summary" : "White space everywhere" , "keywords" : [ "a" , "b" ] } } '),
('mem:e' || char(769), '{"value":{"summary":"e and a combining accent: not the key below"}}'),
('mem:' || char(233), '{"value":{"summary":"e with an accent: not the key above"}}'),
('mem:large', json_object('value', json_object('domain', 'd', 'summary', 'A megabyte of text',
    'text', replace(hex(zeroblob(262144)), '0000', 'long'), 'type', 'bug', 'keywords', json_array(), 'links', json_array())));
COMMIT;
