-- Outside of a transaction, so that entries are written while it is built. What broke off is made anew.
-- Known as 927254d868fa52ec0438b647870ac1f37e1dc80c244bb55d1bf31c90ebd827d1
-- Those not billed may be few.
DROP INDEX CONCURRENTLY IF EXISTS entries_billable;
CREATE INDEX CONCURRENTLY entries_billable ON entries (billable, start_at DESC, id DESC);
