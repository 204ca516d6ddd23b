-- Outside of a transaction, so that entries are written while it is built. What broke off is made anew.
-- Known as db3357169fb69231e17a1d69256aecff79b55219e6f056f2aba962b06cc7e829
-- By time, with all that a report of time or projects needs: it reads the index alone.
DROP INDEX CONCURRENTLY IF EXISTS entries_time;
CREATE INDEX CONCURRENTLY entries_time ON entries (start_at DESC, id DESC) INCLUDE (end_at, project_id, billable);
