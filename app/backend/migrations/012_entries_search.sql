SET LOCAL maintenance_work_mem = '128MB';
CREATE INDEX entries_search ON entries USING gin (search_terms(description));
