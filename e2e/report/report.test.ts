// Reports over a million entries, on a running dev stack and through its published port.
import assert from 'node:assert/strict';
import * as http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { send } from '../../testing/load';
import { TestStack } from '../../testing/stack';

const entries = 1_000_000;
/** They lie evenly over three years, this month the first. */
const firstMonth = { year: 2023, month: 10 };
const months = 36;
const limitMs = 100;
const requests = 360;

/** Its local midnights; Berlin has summer time on the first of April to that of October. */
function month(index: number): { from: string; to: string } {
  const first = (place: number) => {
    const day = new Date(Date.UTC(firstMonth.year, firstMonth.month + place, 1));
    const summer = day.getUTCMonth() >= 3 && day.getUTCMonth() <= 9;
    return `${day.toISOString().slice(0, 10)}T00:00:00+0${summer ? 2 : 1}:00`;
  };
  return { from: first(index), to: first(index + 1) };
}

describe("a month's report over a million entries", () => {
  let stack: TestStack;
  let authorization: string;
  let projects: string[];
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const sql = (...statements: string[]) => stack.sql(...statements);

  async function report(query: Record<string, string>) {
    const path = `/api/reports/summary?${new URLSearchParams({ timezone: 'Europe/Berlin', ...query })}`;
    const { status, body } = await send(agent, stack.url, {
      method: 'GET',
      path,
      headers: { authorization },
    });
    assert.equal(status, 200, body);
    return JSON.parse(body) as {
      total: { seconds: number; entries: number };
      groups: { key: string | null; seconds: number; entries: number }[];
    };
  }

  before(async () => {
    stack = await TestStack.create({ name: 'e2e-report', orchestrator: 'container' });
    await stack.mustUp();
    const answer = await send(agent, stack.url, {
      method: 'POST',
      path: '/api/auth/login',
      body: await stack.output('login'),
    });
    authorization = `Bearer ${(JSON.parse(answer.body) as { accessToken: string }).accessToken}`;
  });
  after(async () => {
    agent.destroy();
    await stack?.remove();
  });

  it('has a million entries of three years, with projects and tags', async () => {
    // Made again from their definitions afterwards, which takes a third of the time.
    const indexes = (
      await sql(
        `SELECT indexname || '|' || indexdef FROM pg_indexes
         WHERE tablename = 'entries' AND indexname <> 'entries_pkey'`,
      )
    ).split('\n');
    await sql(
      `INSERT INTO projects (name, color) SELECT 'Project ' || i, '#4263eb' FROM generate_series(1, 40) i`,
      `INSERT INTO tags SELECT 'tag ' || i FROM generate_series(0, 19) i`,
      `INSERT INTO tags VALUES ('review'), ('rare')`,
      ...indexes.map((index) => `DROP INDEX ${index.split('|', 1)[0]}`),
      // From 5 to 94 minutes long, so that hundreds go over each midnight.
      `INSERT INTO entries (id, start_at, end_at, description, project_id, tags, billable,
                            source_system, source_ref)
       SELECT gen_random_uuid(), s, s + interval '1 minute' * (5 + i % 90),
              'Ticket ' || i % 1000, projects[1 + i % 41],
              CASE WHEN i % 250000 = 7 THEN ARRAY['rare'] ELSE ARRAY['tag ' || i % 20, 'review'] END,
              i % 3 = 0, CASE i % 3 WHEN 0 THEN 'clockify' ELSE 'toggl' END, 'r' || i
       FROM (SELECT array_agg(id) AS projects FROM projects) p, generate_series(0, ${entries - 1}) i,
            LATERAL (SELECT '${month(0).from}'::timestamptz + i *
              ('${month(months).from}'::timestamptz - '${month(0).from}') / ${entries} AS s) x`,
      `SET maintenance_work_mem = '128MB'`,
      ...indexes.map((index) => index.split('|')[1] ?? ''),
      'VACUUM ANALYZE entries',
    );
    assert.equal(await sql('SELECT count(*) FROM entries'), String(entries));
    projects = (await sql('SELECT id FROM projects ORDER BY name')).split('\n');
  });

  it('is right', async () => {
    const { from, to } = month(11);
    const inMonth = `FROM entries WHERE end_at > '${from}' AND start_at < '${to}'`;
    const seconds = `sum(extract(epoch FROM least(end_at, '${to}') - greatest(start_at, '${from}')))::int`;
    const { total, groups } = await report({ from, to });
    assert.ok(total.entries > 25_000, `${total.entries} entries`);
    assert.equal(
      `${total.entries}|${total.seconds}`,
      await sql(`SELECT count(*), ${seconds} ${inMonth}`),
    );
    assert.equal(groups.length, 31);
    assert.equal(
      groups.reduce((sum, group) => sum + group.seconds, 0),
      total.seconds,
    );
    const byProject = await report({ from, to, groupBy: 'project' });
    assert.deepEqual(byProject.total, total);
    const expected = await sql(
      `SELECT project_id, ${seconds} ${inMonth} GROUP BY 1 ORDER BY 2 DESC, 1`,
    );
    const lines = byProject.groups.map(({ key, seconds }) => `${key ?? ''}|${seconds}`);
    assert.deepEqual(lines.sort(), expected.split('\n').sort());
  });

  it(`answers under ${limitMs} ms at the 99th percentile`, async (t) => {
    const filters = (turn: number): Record<string, string> => {
      const project = projects[turn % projects.length] ?? '';
      return [
        {},
        { project },
        {},
        { tag: `tag ${turn % 20}` },
        {},
        { billable: 'true', rounding: 'up', roundingMinutes: '15' },
        {},
        { project, tag: 'review' },
        { tag: 'rare' },
      ][turn % 9] as Record<string, string>;
    };
    const grouping = ['day', 'project', 'week', 'tag', 'month'];

    async function round(): Promise<number> {
      const times: number[] = [];
      for (let turn = 0; turn < requests; turn++) {
        const query = {
          ...month((turn * 7) % months),
          ...filters(turn),
          groupBy: grouping[turn % grouping.length] ?? '',
        };
        const started = performance.now();
        await report(query);
        times.push(performance.now() - started);
      }
      times.sort((a, b) => a - b);
      const at = (share: number) => times[Math.ceil(share * requests) - 1] ?? Number.NaN;
      const [p50, p99, max] = [at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(1));
      t.diagnostic(
        `${requests} requests: median ${p50} ms, 99th percentile ${p99} ms, slowest ${max} ms`,
      );
      return at(0.99);
    }
    // What else the machine does can only make it slower: one round in five has to be in time.
    for (let attempt = 0; attempt < 5; attempt++) if ((await round()) < limitMs) return;
    assert.fail('in none of five rounds');
  });
});
