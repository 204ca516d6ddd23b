CREATE INDEX entries_import ON entries (import_id) WHERE import_id IS NOT NULL;
