-- Those not billed may be few.
CREATE INDEX entries_billable ON entries (billable, start_at DESC, id DESC);
