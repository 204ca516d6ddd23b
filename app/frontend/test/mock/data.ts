// Projects, entries, timer, reports, imports: enough of each for the page to show all it can.
import { type Handler, problem } from './http.ts';

interface Entry {
  id: string;
  start: string;
  end: string | null;
  description: string;
  project: { id: string; name: string; color: string } | null;
  tags: string[];
  billable: boolean;
  source: { system: string; ref?: string };
  overlaps: boolean;
}

const projects = [
  { id: 'p1', name: 'Website relaunch', color: '#4c6ef5', archived: false },
  { id: 'p2', name: 'Support', color: '#0ca678', archived: false },
  { id: 'p3', name: 'Internal', color: '#f08c00', archived: false },
  { id: 'p4', name: 'Old customer', color: '#868e96', archived: true },
];
const tasks = [
  'Weekly planning',
  'Fix the checkout for customers with more than one delivery address, and write tests for it',
  'Code review',
  '',
  'Call with the design team',
  'Answer tickets',
];

export const dataRoutes = (count = 240): Record<string, Handler> => {
  let next = 0;
  let settings = {
    timezone: 'Europe/Berlin',
    weekStart: 1,
    rounding: { mode: 'none', minutes: 15 },
  };
  let entries: Entry[] = [];
  const bare = ({ id, name, color }: (typeof projects)[0]) => ({ id, name, color });
  const projectOf = (id: unknown) => {
    const found = projects.find((project) => project.id === id);
    return found ? bare(found) : null;
  };
  const add = (entry: Omit<Entry, 'id' | 'overlaps'>): Entry => {
    const made = { ...entry, id: `e${++next}`, overlaps: false };
    entries.push(made);
    return made;
  };
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  for (let i = 0; i < count; i++) {
    const day = midnight - Math.floor(i / 4) * 86_400_000;
    if ([0, 6].includes(new Date(day).getUTCDay())) continue;
    const start = day + (7 + (i % 4) * 2.2) * 3_600_000;
    if (start > Date.now() - 7_200_000) continue;
    add({
      start: new Date(start).toISOString(),
      end: new Date(start + (40 + ((i * 37) % 95)) * 60_000).toISOString(),
      description: tasks[i % tasks.length] ?? '',
      project: i % 5 === 4 ? null : projectOf(`p${(i % 3) + 1}`),
      tags: i % 3 === 0 ? ['meeting'] : i % 7 === 0 ? ['deep work', 'frontend'] : [],
      billable: i % 2 === 0,
      source: i % 6 === 0 ? { system: 'toggl', ref: `t${i}` } : { system: 'manual' },
    });
  }
  if (entries[0]) entries[0].overlaps = true;

  const running = () => entries.find(({ end }) => end === null) ?? null;
  const change = (entry: Entry, body: Record<string, unknown>): Entry => {
    const { project, ...rest } = body;
    Object.assign(entry, rest, 'project' in body ? { project: projectOf(project) } : {});
    return entry;
  };
  const matching = (query: URLSearchParams) =>
    entries
      .filter(({ start, end, project, tags, description, billable }) => {
        const is = (key: string, test: (value: string) => boolean) => {
          const value = query.get(key);
          return value === null || test(value);
        };
        return (
          is('from', (from) => (end ?? start) > from) &&
          is('to', (to) => start < to) &&
          is('project', (id) => project?.id === id) &&
          is('tag', (tag) => tags.includes(tag)) &&
          is('billable', (text) => billable === (text === 'true')) &&
          is('q', (q) => description.toLowerCase().includes(q.toLowerCase()))
        );
      })
      .sort((a, b) => b.start.localeCompare(a.start));
  const one =
    (then: (entry: Entry, body: Record<string, unknown>) => unknown): Handler =>
    ({ params: [id], body }) => {
      const entry = entries.find((each) => each.id === id);
      if (!entry) return problem(404, 'There is no such entry');
      const result = then(entry, (body ?? {}) as Record<string, unknown>);
      return result === undefined ? { status: 204 } : { status: 200, body: result };
    };

  return {
    'GET /api/entries': ({ url }) => {
      const found = matching(url.searchParams);
      const from = Number(url.searchParams.get('cursor') ?? 0);
      const to = from + Number(url.searchParams.get('limit') ?? 50);
      const nextCursor = to < found.length ? String(to) : null;
      return { status: 200, body: { items: found.slice(from, to), nextCursor } };
    },
    'POST /api/entries': ({ body }) => ({
      status: 201,
      body: change(
        add({
          start: '',
          end: null,
          description: '',
          project: null,
          tags: [],
          billable: false,
          source: { system: 'manual' },
        }),
        body as Record<string, unknown>,
      ),
    }),
    'PATCH /api/entries/*': one(change),
    'DELETE /api/entries/*': one((entry) => {
      entries = entries.filter((other) => other !== entry);
      return undefined;
    }),
    'POST /api/entries/*/split': one((entry, { at }) => {
      const second = add({ ...entry, start: String(at) });
      entry.end = String(at);
      return { items: [entry, second] };
    }),
    'POST /api/entries/*/duplicate': one((entry) => add(entry)),
    'GET /api/timer': () => ({ status: 200, body: { entry: running() } }),
    'POST /api/timer/start': ({ body }) => {
      const now = new Date().toISOString();
      const before = running();
      if (before) before.end = now;
      const base = { description: '', project: null, tags: [], billable: false };
      const entry = add({ ...base, start: now, end: null, source: { system: 'manual' } });
      return { status: 200, body: { entry: change(entry, body as Record<string, unknown>) } };
    },
    'POST /api/timer/stop': () => {
      const entry = running();
      if (entry) entry.end = new Date().toISOString();
      return { status: 200, body: { entry } };
    },
    'GET /api/projects': () => ({ status: 200, body: { items: projects, nextCursor: null } }),
    'POST /api/projects': ({ body }) => {
      const project = { id: `p${projects.length + 1}`, archived: false, ...(body as object) };
      projects.push(project as (typeof projects)[0]);
      return { status: 201, body: project };
    },
    'PATCH /api/projects/*': ({ params: [id], body }) => {
      const project = projects.find((each) => each.id === id);
      if (!project) return problem(404, 'There is no such project');
      return { status: 200, body: Object.assign(project, body) };
    },
    'GET /api/tags': () => ({
      status: 200,
      body: { items: [...new Set(entries.flatMap(({ tags }) => tags))].sort(), nextCursor: null },
    }),
    'GET /api/settings': () => ({ status: 200, body: settings }),
    'PUT /api/settings': ({ body }) => {
      settings = body as typeof settings;
      return { status: 200, body: settings };
    },
    'GET /api/reports/summary': ({ url }) => {
      const by = url.searchParams.get('groupBy');
      const groups = new Map<
        string | null,
        {
          key: string | null;
          name: string;
          color?: string;
          seconds: number;
          billableSeconds: number;
          entries: number;
        }
      >();
      const total = { seconds: 0, billableSeconds: 0, entries: 0 };
      for (const entry of matching(url.searchParams)) {
        const day = entry.start.slice(0, 10);
        const monday = new Date(Date.parse(day));
        monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7));
        const keys = {
          day: [day],
          week: [monday.toISOString().slice(0, 10)],
          month: [day.slice(0, 7)],
          project: [entry.project?.id ?? null],
          tag: entry.tags.length ? entry.tags : [null],
        }[by ?? 'day'] ?? [day];
        const end = entry.end ? Date.parse(entry.end) : Date.now();
        const seconds = (end - Date.parse(entry.start)) / 1000;
        const tally = (sum: typeof total) => {
          sum.seconds += seconds;
          if (entry.billable) sum.billableSeconds += seconds;
          sum.entries++;
        };
        tally(total);
        for (const key of keys) {
          const group = groups.get(key) ?? {
            key,
            name: by === 'project' ? (entry.project?.name ?? '') : (key ?? ''),
            ...(by === 'project' && entry.project && { color: entry.project.color }),
            seconds: 0,
            billableSeconds: 0,
            entries: 0,
          };
          groups.set(key, group);
          tally(group);
        }
      }
      return { status: 200, body: { total, groups: [...groups.values()] } };
    },
    'POST /api/imports/preview': ({ body }) => {
      const bad = String(body).includes('not-a-date');
      return {
        status: 200,
        body: {
          importId: 'i1',
          counts: { new: 1234, duplicate: 12, error: bad ? 1 : 0 },
          errors: bad ? [{ line: 3, reason: 'Start date “not-a-date” is no date' }] : [],
          sample: entries.slice(0, 5).map((entry) => ({ ...entry, project: entry.project?.name })),
        },
      };
    },
    'POST /api/imports': async () => {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return {
        status: 200,
        body: { counts: { new: 1234, duplicate: 12, error: 0 }, errors: [], sample: [] },
      };
    },
    'GET /api/imports/*': () => ({ status: 200, body: { done: 600, total: 1234 } }),
    'GET /api/export.csv': () => ({
      status: 200,
      headers: { 'content-type': 'text/csv' },
      body: 'start,end\r\n',
    }),
  };
};
