// How answers slow down as more ask at once, and as the database grows: a prod stack, through its edge.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { linesOf } from '../../host/docker';
import { engineApi } from '../../host/engine-api';
import { ProdStack } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import { command, docker, memoryOf } from '../../testing/stack';
import { keep, median, rounds, seconds, timed } from '../report/keep';
import { type Costs, capacityOf, costed } from './model';

const caller = readFileSync(join(__dirname, '..', 'edge', 'caller.cjs'), 'utf8');

interface Seen {
  readonly requests: number;
  readonly failed: number;
  /** In a second. */
  readonly each: number;
  /** Percentiles of the time to the end of the answer, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** CPU of the one who asks, in milliseconds a request. */
  readonly cpu: number;
}

const tiers = ['edge', 'frontend', 'backend', 'db'] as const;
type Used = Readonly<Record<(typeof tiers)[number] | 'all', number>>;

/** Of the engine's answer to /containers/<id>/stats, what is read here. */
interface Stats {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
}

describe('a prod stack in use', () => {
  let stack: ProdStack;
  let authorization: string;
  before(async () => {
    stack = await ProdStack.start('growth');
    authorization = `Bearer ${await stack.accessToken()}`;
  });
  after(() => stack?.remove());

  /** MiB that the stack's containers hold. */
  async function memory(): Promise<number> {
    const ids = await docker('ps', '--quiet', '--filter', `name=^${stack.resource('')}`);
    const each = await Promise.all(linesOf(ids).map(memoryOf));
    return each.reduce((sum, one) => sum + one, 0);
  }

  async function loaded(users: number): Promise<Seen> {
    const url = `${stack.url}/api/timer`;
    const words = [url, 'localhost', String(users), '15', 'keep', authorization];
    const { code, output } = await command('node', ['-e', caller, ...words]);
    assert.equal(code, 0, output);
    return JSON.parse(output) as Seen;
  }

  /** CPU that each tier, and all on this host, has taken so far, in milliseconds. */
  async function used(): Promise<Used> {
    const sums = tiers.map(async (tier) => {
      const nanoseconds = (await stack.containers(tier)).map(async (id) => {
        const path = `/containers/${id}/stats?stream=false&one-shot=true`;
        return ((await engineApi('GET', path)) as Stats).cpu_stats.cpu_usage.total_usage;
      });
      const all = await Promise.all(nanoseconds);
      return [tier, all.reduce((sum, one) => sum + one, 0) / 1e6] as const;
    });
    // User, nice, system, then idle and waiting, then interrupts: hundredths of a second.
    const [user = 0, nice = 0, system = 0, , , ...interrupts] =
      /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? [];
    const [hard = 0, soft = 0] = interrupts;
    const all = (user + nice + system + hard + soft) * 10;
    return Object.fromEntries([...(await Promise.all(sums)), ['all', all]]) as unknown as Used;
  }

  /** What a request costs, and how many are answered, with so many backends. */
  async function measured(): Promise<{ readonly costs: Costs; readonly seen: Seen }> {
    const before = await used();
    const seen = await loaded(100);
    const after = await used();
    // The second in which everything gets warm is in it, too.
    const requests = seen.requests * (16 / 15);
    const cost = (what: keyof Used) => (after[what] - before[what]) / requests;
    const own = tiers.map((tier) => [tier, cost(tier)] as const);
    const known = own.reduce((sum, [, each]) => sum + each, seen.cpu);
    const costs = Object.fromEntries([...own, ['host', Math.max(0, cost('all') - known)]]);
    return { costs: costs as unknown as Costs, seen };
  }

  it('by backends, as the model says', async () => {
    const cores = cpus().length;
    const all = new Map<number, Awaited<ReturnType<typeof measured>>>();
    for (const backends of [1, 2, 4]) {
      await stack.mustPulumi('config', 'set', 'backendReplicas', String(backends));
      await stack.mustUp();
      authorization = `Bearer ${await stack.accessToken()}`;
      all.set(backends, await measured());
    }
    await stack.mustPulumi('config', 'rm', 'backendReplicas');
    await stack.mustUp();
    authorization = `Bearer ${await stack.accessToken()}`;
    // What two cost says what one and four answer.
    const two = all.get(2);
    assert.ok(two);
    const said = (backends: number) =>
      capacityOf(two.costs, { servers: 1, cores, backends, caller: two.seen.cpu });
    const rows = [...all].map(([backends, { costs, seen }]) => [
      String(backends),
      ...costed.map((what) => `${costs[what].toFixed(2)} ms`),
      `${seen.cpu.toFixed(2)} ms`,
      Math.round(seen.each).toLocaleString('en'),
      `${Math.round(said(backends).each).toLocaleString('en')}, by ${said(backends).bend}`,
    ]);
    keep({
      name: 'capacity',
      title: 'What a request costs, and what that makes',
      command: 'npm run bench -- growth',
      head: [
        'backends',
        ...costed.map((what) => (what === 'host' ? 'the host' : what)),
        'who asks',
        'requests/s, measured',
        'the model says',
      ],
      rows,
      notes: [
        "CPU of a request to `/api/timer` in each tier, from the engine's counters, with 100 at once; what else the host " +
          'does for it are networks, above all. The model (`bench/growth/model.ts`) divides cores by what a request costs with ' +
          'two backends; [scale.md](scale.md) says what follows for other shapes.',
      ],
    });
    for (const [backends, { seen }] of all) {
      const ratio = seen.each / said(backends).each;
      assert.ok(ratio > 0.5 && ratio < 1.5, `${backends} backends: ${ratio}`);
    }
  });

  it('by as many users as ask at once', async () => {
    const sizes = [1, 10, 100, 1000];
    const rows: string[][] = [];
    const seen: [number, Seen][] = [];
    for (const users of sizes) {
      const one = await loaded(users);
      seen.push([users, one]);
      const ms = [one.p50, one.p99, one.p999].map((time) => `${time.toFixed(time < 10 ? 1 : 0)}`);
      const counts = [users, Math.round(one.each), one.requests, one.failed];
      rows.push([
        ...counts.map((count) => count.toLocaleString('en')),
        ...ms,
        `${Math.round(await memory())} MiB`,
      ]);
    }
    const line = (name: string, of: (one: Seen) => number) => ({
      name,
      points: seen.map(([users, one]) => [users, of(one)] as const),
    });
    keep({
      name: 'users',
      title: 'Users at once',
      command: 'npm run bench -- growth',
      head: [
        'users',
        'requests/s',
        'requests',
        'failed',
        'p50 ms',
        'p99 ms',
        'p99.9 ms',
        'memory of the stack',
      ],
      rows,
      notes: [
        'Each asks `/api/timer` again as soon as it has its answer, over a connection that is kept: edge, nginx, one of two ' +
          'backends, database. The one who asks runs on the same cores. From where both cores are busy, more users get no more ' +
          'answers, and each waits the longer.',
      ],
      plot: {
        title: 'Milliseconds by users at once',
        x: 'users',
        y: 'milliseconds',
        lines: [
          line('p50', ({ p50 }) => p50),
          line('p99', ({ p99 }) => p99),
          line('p99.9', ({ p999 }) => p999),
        ],
      },
    });
    for (const [users, { failed }] of seen) assert.equal(failed, 0, `${users} users`);
  });

  it('with as many entries as there are', { timeout: 1_800_000 }, async () => {
    const sizes = [1e4, 1e5, 1e6];
    const month = 'from=2023-12-01T00:00:00Z&to=2024-01-01T00:00:00Z';
    const asks = {
      list: '/api/entries',
      'report of a month': `/api/reports/summary?${month}&groupBy=project`,
      search: '/api/entries?q=ticket%20777',
      'export as CSV': '/api/export.csv',
    };
    const measured: { entries: number; times: Readonly<Record<string, number>> }[] = [];
    let there = 0;
    for (const entries of sizes) {
      await add(there, entries);
      there = entries;
      // A token lasts for minutes, and a restore takes some.
      authorization = `Bearer ${await stack.accessToken()}`;
      const times: Record<string, number> = {};
      for (const [what, path] of Object.entries(asks)) {
        const ask = () => asked(path);
        await ask();
        const taken: number[] = [];
        for (let round = 0; round < rounds; round++) taken.push(await timed(ask));
        times[what] = median(taken);
      }
      times['backup, counted again'] = await timed(async () =>
        succeeded(await stack.npmRun('backup')),
      );
      times.restore = await timed(async () =>
        succeeded(await stack.npmRun('restore', 'latest', '--yes')),
      );
      measured.push({ entries, times });
    }
    const names = Object.keys(measured[0]?.times ?? {});
    keep({
      name: 'entries',
      title: 'Entries in the database',
      command: 'npm run bench -- growth',
      head: ['entries', ...names],
      rows: measured.map(({ entries, times }) => [
        entries.toLocaleString('en'),
        ...names.map((name) => duration(times[name] ?? Number.NaN)),
      ]),
      notes: [
        'List, report and search read by an index what they show, however much is there. An export, a backup and a restore read ' +
          'and write everything; below 100,000 entries, what a backup and a restore take is the start of a container and of a database.',
      ],
      plot: {
        title: 'Seconds by entries',
        x: 'entries',
        y: 'seconds',
        lines: names.map((name) => ({
          name,
          points: measured.map(({ entries, times }) => [entries, times[name] ?? 1] as const),
        })),
      },
    });
  });

  async function asked(path: string): Promise<void> {
    const answer = await fetch(stack.url + path, { headers: { authorization } });
    const text = await answer.text();
    assert.equal(answer.status, 200, text.slice(0, 300));
  }

  /** Entries from one number to another, a minute and three quarters apart, with others beside them. */
  async function add(from: number, to: number): Promise<void> {
    await stack.inTier(
      'db',
      ...['psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-v', 'ON_ERROR_STOP=1', '-c'],
      `INSERT INTO projects (name, color) SELECT 'P' || i, '#2f7ed8' FROM generate_series(1, 40) i ON CONFLICT DO NOTHING;
       INSERT INTO entries (id, start_at, end_at, description, project_id, tags, billable, source_system, source_ref)
       SELECT gen_random_uuid(), s, s + interval '1 minute' * (5 + i % 90), 'Worked on ticket ' || i, projects[1 + i % 40],
              ARRAY['tag ' || i % 20], true, 'toggl', 'r' || i
       FROM (SELECT array_agg(id) AS projects FROM projects) p, generate_series(${from + 1}, ${to}) i,
            LATERAL (SELECT timestamptz '2023-11-05' + i * interval '1.75 minutes' AS s) x;
       ANALYZE entries`,
    );
  }
});

/** Milliseconds below a second. */
function duration(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms` : seconds(value);
}
