import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import { scramVerifier } from './scram.js';

export const appRole = (generation: number) => `app_g${generation}`;

export async function setPassword(client: pg.Client, role: string, password: string) {
  const verifier = pg.escapeLiteral(scramVerifier(password));
  await client.query(`ALTER ROLE ${pg.escapeIdentifier(role)} PASSWORD ${verifier}`);
}

/**
 * The group role `app` holds the rights; each generation of secrets has a login role in it, so
 * that old and new instances work side by side. Those older than the generation before are dropped.
 */
export async function ensureRoles(
  client: pg.Client,
  generation: number,
  password: string,
  log: FastifyBaseLogger,
): Promise<void> {
  await createIfMissing(client, 'app', 'NOLOGIN');
  await client.query(`
    GRANT USAGE ON SCHEMA public TO app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app;
    REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM app`);

  const role = appRole(generation);
  await createIfMissing(client, role, 'LOGIN IN ROLE app');
  await setPassword(client, role, password);

  const { rows } = await client.query<{ rolname: string }>(
    String.raw`SELECT rolname FROM pg_roles
      WHERE rolname ~ '^app_g\d{1,9}$' AND substr(rolname, 6)::int < $1`,
    [generation - 1],
  );
  for (const { rolname } of rows) {
    // Who makes a role may give it away, and is no member by that; a member may end what it does.
    await client.query(`GRANT ${pg.escapeIdentifier(rolname)} TO CURRENT_USER`);
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1',
      [rolname],
    );
    await client.query(`DROP ROLE ${pg.escapeIdentifier(rolname)}`);
    log.info(`database role ${rolname} dropped: two generations old`);
  }
}

async function createIfMissing(client: pg.Client, role: string, options: string) {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 0) {
    await client.query(`CREATE ROLE ${pg.escapeIdentifier(role)} ${options}`);
  }
}
