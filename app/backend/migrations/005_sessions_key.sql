-- The hash of the Idempotency-Key that the latest turn came with.
ALTER TABLE sessions ADD COLUMN turned_by bytea;
