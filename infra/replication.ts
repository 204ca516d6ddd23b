// Whether another server follows the database, as config says it: plain data, every message with the key, the rule and the mend.
import { type KeyContext, mends, shortened } from './mend';

export interface Replication {
  /** Whether a commit waits until the standby has it, too: then no acknowledged write is lost with the server. */
  readonly isSynchronous: boolean;
}

export const replicationKeys = ['databaseReplicas', 'databaseSynchronous'] as const;
type ReplicationKey = (typeof replicationKeys)[number];

type Values = Readonly<Partial<Record<ReplicationKey | 'database' | 'registry', string>>>;

/** Reads the keys of the standby; what is broken is told. @returns undefined without one */
export function parseReplication(
  values: Values,
  { stack, orchestrator, problem }: Pick<KeyContext, 'stack' | 'orchestrator' | 'problem'>,
): Replication | undefined {
  const { set, remove } = mends<keyof Values>(stack);
  const { databaseReplicas = '0', databaseSynchronous = 'false' } = values;
  if (databaseReplicas !== '0' && databaseReplicas !== '1')
    problem(
      `databaseReplicas is "${shortened(databaseReplicas)}", but must be 0 or 1: the one server that follows the database; ` +
        set('databaseReplicas', '1'),
    );
  if (databaseSynchronous !== 'true' && databaseSynchronous !== 'false')
    problem(
      `databaseSynchronous is "${shortened(databaseSynchronous)}", but must be true or false; ${set('databaseSynchronous', 'true')}`,
    );
  if (databaseReplicas !== '1') {
    if (values.databaseSynchronous !== undefined)
      problem(
        `databaseSynchronous does nothing without a standby that commits could wait for; ${set('databaseReplicas', '1')}, or ${remove('databaseSynchronous')}`,
      );
    return undefined;
  }
  if (orchestrator === 'container')
    problem(
      `databaseReplicas is 1, but containers are on one server: a standby is on another; ${remove('databaseReplicas')}`,
    );
  else if (values.database === 'external')
    problem(
      `databaseReplicas is 1, but database is external: who runs that has its standby; ${remove('databaseReplicas')}`,
    );
  else if (values.registry === undefined)
    problem(
      'databaseReplicas is 1, but a standby is on another server, and that needs a registry which both reach ' +
        `(docs/servers.md); ${set('registry', 'registry.example.com/team')}, or ${remove('databaseReplicas')}`,
    );
  return { isSynchronous: databaseSynchronous === 'true' };
}
