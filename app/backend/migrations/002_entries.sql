CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  color text NOT NULL,
  archived boolean NOT NULL DEFAULT false
);
-- Imports find a project by its name, whatever its case.
CREATE UNIQUE INDEX projects_name ON projects (lower(name));

-- Every tag that was ever used, to choose from.
CREATE TABLE tags (name text PRIMARY KEY);

CREATE TABLE entries (
  id uuid PRIMARY KEY,
  start_at timestamptz(0) NOT NULL,
  -- Null while the timer runs.
  end_at timestamptz(0),
  description text NOT NULL DEFAULT '',
  project_id uuid REFERENCES projects,
  tags text[] NOT NULL DEFAULT '{}',
  billable boolean NOT NULL DEFAULT false,
  -- Where it was tracked, and what identifies it there; entries made here use their own id.
  source_system text NOT NULL DEFAULT 'manual',
  source_ref text NOT NULL,
  CHECK (end_at >= start_at)
);
-- The list's order, and that of its filters.
CREATE INDEX entries_start ON entries (start_at DESC, id DESC);
CREATE INDEX entries_project ON entries (project_id, start_at DESC, id DESC);
CREATE INDEX entries_system ON entries (source_system, start_at DESC, id DESC);
CREATE INDEX entries_tags ON entries USING gin (tags);
CREATE INDEX entries_description ON entries USING gin (description gin_trgm_ops);
CREATE INDEX entries_description_start ON entries (lower(description) text_pattern_ops);
-- What touches a period, and what overlaps.
CREATE INDEX entries_span ON entries USING gist (tstzrange(start_at, end_at, '[]'));
-- An import of what is here already changes nothing.
CREATE UNIQUE INDEX entries_source ON entries (source_system, source_ref);
CREATE UNIQUE INDEX entries_one_running ON entries ((true)) WHERE end_at IS NULL;

CREATE TABLE settings (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  timezone text NOT NULL DEFAULT 'UTC',
  -- 0 is Sunday.
  week_start integer NOT NULL DEFAULT 1 CHECK (week_start BETWEEN 0 AND 6),
  rounding_mode text NOT NULL DEFAULT 'none',
  rounding_minutes integer NOT NULL DEFAULT 15
);
INSERT INTO settings DEFAULT VALUES;

-- How far an import has come, readable from any replica.
CREATE TABLE imports (
  id uuid PRIMARY KEY,
  status text NOT NULL,
  done integer NOT NULL DEFAULT 0,
  total integer,
  started_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX imports_started_at ON imports (started_at);

-- Answers to writes that came with an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  fingerprint bytea NOT NULL,
  status integer,
  body jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
