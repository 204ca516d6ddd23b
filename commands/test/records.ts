import type { ReleaseRecord } from '../releases';

/** Records as read from the server: newest first. */
export function records(...releases: string[]): ReleaseRecord[] {
  return releases.map((release, index) => ({
    id: `record-${index}`,
    release,
    createdAt: `2026-11-${20 - index}T10:30:00.123Z`,
  }));
}
export const release = (number: number) => `b000000${number}-f000000${number}`;
