CREATE TABLE clients (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  archived boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX clients_name ON clients (lower(name));

ALTER TABLE projects ADD COLUMN client_id uuid REFERENCES clients;
-- Two clients may each have a project of one name.
CREATE UNIQUE INDEX projects_client_name ON projects (lower(name), client_id) NULLS NOT DISTINCT;
DROP INDEX projects_name;
