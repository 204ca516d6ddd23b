-- A login. The cookie names the session and how often it was renewed (its turn); the id is kept
-- hashed, so that a copy of the database lets nobody in.
CREATE TABLE sessions (
  id_hash bytea PRIMARY KEY,
  turn integer NOT NULL DEFAULT 1,
  turned_at timestamptz NOT NULL DEFAULT now(),
  -- Which admin password it was opened with: changing the password ends all sessions.
  credential bytea NOT NULL,
  idle_until timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);
CREATE INDEX sessions_ends_at ON sessions (ends_at);

-- Tries to log in by client address, shared by all replicas.
CREATE TABLE login_tries (
  address text PRIMARY KEY,
  tries integer NOT NULL,
  resets_at timestamptz NOT NULL
);
CREATE INDEX login_tries_resets_at ON login_tries (resets_at);
