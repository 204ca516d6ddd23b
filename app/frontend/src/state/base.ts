// What every part needs: the settings, the projects and the tags.
import { computed, signal } from '@preact/signals';
import { client } from '../api/session.ts';
import type { Project, Settings } from '../api/types.ts';
import { today, type WeekStart } from '../lib/zone.ts';

export const settings = signal<Settings>({
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  weekStart: 1,
  rounding: { mode: 'none', minutes: 15 },
});
/** Until then nothing is shown that depends on them: days would move under the reader's eyes. */
export const settingsKnown = signal(false);
export const projects = signal<Project[]>([]);
export const tags = signal<string[]>([]);
/** The clock of the page, in ms, moved each second while something on it runs. */
export const now = signal(Date.now());

export const zone = computed(() => settings.value.timezone);
/** JSON has no type for 0 to 6, but the API gives nothing else. */
export const firstDay = computed(() => settings.value.weekStart as WeekStart);
export const currentDay = computed(() => today(zone.value, now.value));
export const activeProjects = computed(() => projects.value.filter(({ archived }) => !archived));

export async function loadSettings(): Promise<void> {
  try {
    settings.value = await client.request('GET', '/api/settings');
  } finally {
    settingsKnown.value = true;
  }
}

export async function loadProjects(): Promise<void> {
  projects.value = (await client.request('GET', '/api/projects')).items;
}

export async function loadTags(): Promise<void> {
  tags.value = (await client.request('GET', '/api/tags')).items;
}

export async function loadBase(): Promise<void> {
  await Promise.all([loadSettings(), loadProjects(), loadTags()]);
}

export async function saveSettings(next: Settings): Promise<void> {
  settings.value = await client.request('PUT', '/api/settings', { body: next });
}

export async function saveProject(
  id: string | undefined,
  body: { name: string; color: string; archived?: boolean },
): Promise<Project> {
  const saved = id
    ? await client.request('PATCH', '/api/projects/{id}', { params: { id }, body })
    : await client.request('POST', '/api/projects', { body });
  await loadProjects();
  return saved;
}
