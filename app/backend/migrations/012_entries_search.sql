-- Outside of a transaction, so that entries are written while it is built. What broke off is made anew.
SET maintenance_work_mem = '128MB';
DROP INDEX CONCURRENTLY IF EXISTS entries_search;
CREATE INDEX CONCURRENTLY entries_search ON entries USING gin (search_terms(description));
RESET maintenance_work_mem;
