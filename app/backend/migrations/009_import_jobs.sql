-- An import from the upload of its file on: what it is told, how far it has come, what came of it.
-- Readable, and carried on, from any replica. (The table "imports" is that of the release before.)
CREATE TABLE import_jobs (
  id uuid PRIMARY KEY,
  -- uploading, previewed, waiting, running, done, failed, undone
  status text NOT NULL,
  file_name text NOT NULL,
  file_bytes integer NOT NULL DEFAULT 0,
  -- The file's SHA-256.
  file_hash bytea,
  options jsonb NOT NULL DEFAULT '{}',
  -- What the last preview, or the import, came to; of a failed one, the problem.
  result jsonb,
  -- Lines read, of how many, and entries written.
  done integer NOT NULL DEFAULT 0,
  total integer,
  written integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  queued_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX import_jobs_created_at ON import_jobs (created_at);
CREATE INDEX import_jobs_queue ON import_jobs (queued_at) WHERE status IN ('waiting', 'running');

-- The file as it came, in parts, until it is imported whole.
CREATE TABLE import_files (
  import_id uuid NOT NULL REFERENCES import_jobs ON DELETE CASCADE,
  part integer NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (import_id, part)
);
ALTER TABLE import_files ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- What an import has made or changed beside its new entries, so that it can be undone: a client, a
-- project or a tag that is new, a project that got its client, an entry's project before.
CREATE TABLE import_changes (
  import_id uuid NOT NULL REFERENCES import_jobs ON DELETE CASCADE,
  kind text NOT NULL,
  id uuid,
  -- A tag's name; an entry's ref before.
  name text,
  before uuid
);
CREATE INDEX import_changes_import ON import_changes (import_id);

-- Which import an entry came with; whether its place in the day is made up.
ALTER TABLE entries ADD COLUMN import_id uuid, ADD COLUMN placed boolean;
