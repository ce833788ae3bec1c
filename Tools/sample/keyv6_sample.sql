-- A database of Keyv 6 with @keyv/sqlite 6 (format keyv6): the namespace and the expiry have columns.
BEGIN;
CREATE TABLE keyv(
    key VARCHAR(255) NOT NULL, value TEXT, namespace VARCHAR(255) NOT NULL DEFAULT '', expires BIGINT DEFAULT NULL,
    UNIQUE(key, namespace));
CREATE INDEX keyv_expires ON keyv(expires);
INSERT INTO keyv(key, value, namespace, expires) VALUES
('plain', '{"value":{"domain":"d","summary":"s","text":"t","type":"design","keywords":["k"],"links":[{"type":"bug","key":"other","term":"x","weight":0.75}],"meta":{"id":"plain","created_at":1769000000000,"access_count":4,"status":"cold"}}}', 'mem', NULL),
('other', '{"value":{"domain":"d","summary":"s","text":"::escaped","type":"design","keywords":[],"links":[]}}', 'mem', NULL),
-- Split at the first colon by the upgrade, though the namespace was mem:project.
('project:ui', '{"value":{"domain":"d","summary":"s","text":"t","type":"design","keywords":[],"links":[]}}', 'mem', NULL),
-- Not split yet.
('mem:unsplit', '{"value":{"domain":"d","summary":"s","text":"t","type":"design","keywords":[],"links":[]}}', '', NULL),
('bare', '{"value":{"domain":"d","summary":"no namespace, it loses","text":"t","type":"design","keywords":[],"links":[]}}', '', NULL),
('bare', '{"value":{"domain":"d","summary":"with one, it wins","text":"t","type":"design","keywords":[],"links":[]}}', 'mem', NULL),
('bigint', '{"value":{"domain":"d","summary":":bigint:7","text":"t","type":"design","keywords":[],"links":[{"type":"bug","key":"plain","term":"w","weight":":bigint:1"}],"size":":bigint:12345678901234567890"}}', 'mem', NULL),
('expired_column', '{"value":{"domain":"d","summary":"s","text":"t","type":"design","keywords":[],"links":[]}}', 'mem', 1704067200000),
('expired_both', '{"value":{"domain":"d","summary":"s","text":"t","type":"design","keywords":[],"links":[]},"expires":4102444800000}', 'mem', 1704067200000),
('undefined', '{"value":{"meta":{"created_at":1769000000000}}}', 'keyv', NULL),
('broken', '{"value":', 'mem', NULL);
COMMIT;
