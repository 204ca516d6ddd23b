-- By time, with all that a report of time or projects needs: it reads the index alone.
CREATE INDEX entries_time ON entries (start_at DESC, id DESC) INCLUDE (end_at, project_id, billable);
