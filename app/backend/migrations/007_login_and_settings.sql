-- A login that is sent again finds its session by the hash of its Idempotency-Key, and makes the
-- session's id again from this salt: the id itself is never kept.
ALTER TABLE sessions ADD COLUMN opened_by bytea, ADD COLUMN opened_salt bytea;
CREATE UNIQUE INDEX sessions_opened_by ON sessions (opened_by);

-- What is rounded as a whole (null: each entry), and when a workday begins, in minutes (null: 9:00).
ALTER TABLE settings ADD COLUMN rounding_per text, ADD COLUMN workday_start integer;
