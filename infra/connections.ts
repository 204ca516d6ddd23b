// How many connections the database has, and how they are shared where config allows fewer than the backends may open:
// plain data, every message with the key, the rule and the mend.
import { type KeyContext, mends, shortened } from './mend';

/** Connections that one backend opens at most: for short work, long work and exports (app/backend/src/database). */
export const backendConnections = 15;
/** What backups, the copy off the server, commands and the server's own reserve take beside. */
const otherConnections = 10;
/** PostgreSQL's own default of max_connections, and the most that is asked of one. */
export const defaultConnections = 100;
const mostConnections = 10_000;

/** Two, so that one can end. While they roll, the new ones are there before the old ones have ended. */
export const pools = 2;
const poolsAtOnce = 2 * pools;
/** Of a pool: two for statements, one for long work, one for exports. */
const leastOfPool = 4;

/** Connections to the database of each task of the pool, by kind of work. */
export interface Pooling {
  readonly short: number;
  readonly long: number;
  readonly stream: number;
}

/** What all backends may open at once, and one more while they roll. */
function needed(backends: number): number {
  return (backends + 1) * backendConnections + otherConnections;
}

/** Each backend has one itself: when it starts as the owner, to migrate; then as its own role, to be seen. */
function besidePools(backends: number): number {
  return backends + 1 + otherConnections;
}

/**
 * How many connections a database of the stack's own takes, which restarts for another number: in hundreds.
 *
 * @param allowed what config says; undefined: as many as are needed
 */
export function connectionsFor(backends: number, allowed?: number): number {
  const most = Math.min(needed(backends), allowed ?? Number.POSITIVE_INFINITY);
  return Math.ceil(most / defaultConnections) * defaultConnections;
}

/**
 * Reads `databaseConnections`; what is broken is told.
 *
 * @returns how the pool shares them; undefined where the backends can have their own, and there is none
 */
export function parsePooling(
  { databaseConnections }: { readonly databaseConnections?: string },
  backends: number,
  { stack, orchestrator, problem }: Pick<KeyContext, 'stack' | 'orchestrator' | 'problem'>,
): Pooling | undefined {
  if (databaseConnections === undefined) return undefined;
  const { set, remove } = mends<'databaseConnections'>(stack);
  if (orchestrator === 'container') {
    problem(
      `databaseConnections is for swarm stacks: dev has one backend; ${remove('databaseConnections')}`,
    );
    return undefined;
  }
  const allowed = /^\d{1,6}$/.test(databaseConnections) ? Number(databaseConnections) : 0;
  const least = besidePools(backends) + poolsAtOnce * leastOfPool;
  if (allowed < least || allowed > mostConnections) {
    problem(
      `databaseConnections is "${shortened(databaseConnections)}", but must be a whole number from ${least}, which ` +
        `${backends} backends need, to ${mostConnections}; ${set('databaseConnections', String(needed(backends)))}`,
    );
    return undefined;
  }
  return poolingFor(backends, allowed);
}

/** What each task of the pool has, so that all of them and the rest stay within what is allowed. */
export function poolingFor(backends: number, allowed: number): Pooling | undefined {
  if (allowed >= needed(backends)) return undefined;
  const each = Math.floor((allowed - besidePools(backends)) / poolsAtOnce);
  // As a backend has them: of 15, two for long work and three for exports.
  const long = Math.max(1, Math.floor((each * 2) / backendConnections));
  const stream = Math.max(1, Math.floor((each * 3) / backendConnections));
  return { short: each - long - stream, long, stream };
}
