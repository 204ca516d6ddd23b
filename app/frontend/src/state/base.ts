// What every part needs: the settings, the clients, the projects and the tags.
import { computed, signal } from '@preact/signals';
import type { Answer } from '../api/operations.ts';
import { client } from '../api/session.ts';
import type { Client, Id, Project, Settings } from '../api/types.ts';
import { colorName } from '../lib/palette.ts';
import { today, type WeekStart } from '../lib/zone.ts';
import { guarded, type Texts } from './conflict.ts';

/** With the version of its answer, which the body has no place for. */
export type KnownSettings = Settings & { version: string };

export const settings = signal<KnownSettings>({
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  weekStart: 1,
  rounding: { mode: 'none', minutes: 15 },
  version: '',
});
/** Until then nothing is shown that depends on them: days would move under the reader's eyes. */
export const settingsKnown = signal(false);
export const clients = signal<Client[]>([]);
export const projects = signal<Project[]>([]);
export const tags = signal<string[]>([]);
/** The clock of the page, in ms, moved each second while something on it runs. */
export const now = signal(Date.now());

export const zone = computed(() => settings.value.timezone);
/** JSON has no type for 0 to 6, but the API gives nothing else. */
export const firstDay = computed(() => settings.value.weekStart as WeekStart);
export const currentDay = computed(() => today(zone.value, now.value));
export const activeClients = computed(() => clients.value.filter(({ archived }) => !archived));
export const activeProjects = computed(() => projects.value.filter(({ archived }) => !archived));

/** A project as it is told from one of another client that has its name. */
export const projectName = ({ name, client }: Pick<Project, 'name' | 'client'>): string =>
  client ? `${name} · ${client.name}` : name;

async function settingsOf(response: Response): Promise<KnownSettings> {
  const shown = (await response.json()) as Answer<'GET', '/api/settings'>;
  const [, version = ''] = /"(.*)"/.exec(response.headers.get('etag') ?? '') ?? [];
  return { ...shown, version };
}

const fetchSettings = async () => settingsOf(await client.raw('GET', '/api/settings'));

export async function loadSettings(): Promise<void> {
  try {
    settings.value = await fetchSettings();
  } finally {
    settingsKnown.value = true;
  }
}

/** All pages of a list. */
async function whole<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(cursor);
    all.push(...items);
    cursor = nextCursor ?? undefined;
  } while (cursor);
  return all;
}

export async function loadProjects(): Promise<void> {
  projects.value = await whole((cursor) =>
    client.request('GET', '/api/projects', { query: { cursor } }),
  );
}

export async function loadClients(): Promise<void> {
  clients.value = await whole((cursor) =>
    client.request('GET', '/api/clients', { query: { cursor } }),
  );
}

export async function loadTags(): Promise<void> {
  tags.value = await whole((cursor) => client.request('GET', '/api/tags', { query: { cursor } }));
}

/** All that has a name. */
export async function loadNames(): Promise<void> {
  await Promise.all([loadProjects(), loadClients(), loadTags()]);
}

export async function loadBase(): Promise<void> {
  await Promise.all([loadSettings(), loadNames()]);
}

/** Saves what was changed of the settings that a form was begun with. */
export async function saveSettings(
  base: KnownSettings,
  change: Partial<Settings>,
  textsOf: (values: Settings) => Texts,
): Promise<void> {
  settings.value = await guarded<KnownSettings, Settings>({
    what: 'The settings',
    base,
    valuesOf: ({ version: _, ...values }) => values,
    change,
    textsOf,
    send: async (change, { version, ...over }) =>
      settingsOf(
        await client.raw('PUT', '/api/settings', { body: { ...over, ...change }, version }),
      ),
    current: fetchSettings,
  });
}

export type ProjectValues = { name: string; color: string; archived: boolean; client: Id | null };

const yesNo = (yes: boolean) => (yes ? 'yes' : 'no');
const clientName = (id: Id | null) =>
  clients.value.find((each) => each.id === id)?.name ?? (id ? 'another client' : 'no client');

export async function createProject(body: Partial<ProjectValues> & { name: string }) {
  const made = await client.request('POST', '/api/projects', { body });
  await loadProjects();
  return made;
}

export async function changeProject(
  base: Project,
  change: Partial<ProjectValues>,
): Promise<Project> {
  try {
    return await guarded<Project, ProjectValues>({
      what: `The project ${base.name}`,
      base,
      valuesOf: ({ name, color, archived, client: of }) => ({
        ...{ name, color, archived },
        client: of?.id ?? null,
      }),
      change,
      textsOf: ({ name, color, archived, client: of }) => ({
        Name: name,
        Color: colorName(color),
        Client: clientName(of),
        Archived: yesNo(archived),
      }),
      send: (body, { version }) =>
        client.request('PATCH', '/api/projects/{id}', { params: { id: base.id }, body, version }),
    });
  } finally {
    await loadNames();
  }
}

export type ClientValues = { name: string; archived: boolean };

export async function createClient(name: string): Promise<Client> {
  const made = await client.request('POST', '/api/clients', { body: { name } });
  await loadClients();
  return made;
}

export async function changeClient(base: Client, change: Partial<ClientValues>): Promise<Client> {
  try {
    return await guarded<Client, ClientValues>({
      what: `The client ${base.name}`,
      base,
      valuesOf: ({ name, archived }) => ({ name, archived }),
      change,
      textsOf: ({ name, archived }) => ({ Name: name, Archived: yesNo(archived) }),
      send: (body, { version }) =>
        client.request('PATCH', '/api/clients/{id}', { params: { id: base.id }, body, version }),
    });
  } finally {
    await loadNames();
  }
}
