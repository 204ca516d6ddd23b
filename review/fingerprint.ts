// Names what was reviewed: by data alone, never by a text. Its parts can be told apart, so that a plan
// of another moment says what differs. Pure.
import { createHash } from 'node:crypto';
import { type Change, type Plan, type Resource, touched } from './plan';

/** What a review looked at, each as a digest. */
export interface Parts {
  readonly base: string;
  readonly head: string;
  readonly config: string;
  /** What the state had; on paper there is none. */
  readonly state: string;
  /** Which resources, which operations, which properties: the same on paper and live. */
  readonly operations: string;
  /** And with their values. */
  readonly values: string;
}

export const partNames = ['base', 'head', 'config', 'state', 'operations', 'values'] as const;
export type PartName = (typeof partNames)[number];
export type PlanKind = 'paper' | 'live';

const digits = 10;

export function digest(data: unknown): string {
  return createHash('sha256').update(canonical(data)).digest('hex').slice(0, digits);
}

export function fingerprint(kind: PlanKind, parts: Parts): string {
  return [kind, ...partNames.map((name) => parts[name])].join('-');
}

/** Undefined, if it is none. */
export function parseFingerprint(text: string): { kind: PlanKind; parts: Parts } | undefined {
  const [kind, ...found] = text.trim().split('-');
  if (
    (kind !== 'paper' && kind !== 'live') ||
    found.length !== partNames.length ||
    !found.every((part) => new RegExp(`^[0-9a-f]{${digits}}$`).test(part))
  )
    return undefined;
  const parts = Object.fromEntries(partNames.map((name, index) => [name, found[index]]));
  return { kind, parts: parts as unknown as Parts };
}

export function planParts(plan: Plan): Pick<Parts, 'operations' | 'values'> {
  const resources = sortedResources(plan);
  return {
    operations: digest(resources.map(operationLines)),
    values: digest(resources.map(({ name, kind, changes }) => [name, kind, changes.map(valuesOf)])),
  };
}

/** A line a resource and property: the same text for the same operations. */
export function operationLines({ name, kind, operation, changes, causes }: Resource): string[] {
  const head = `${operation} ${kind} ${name}`;
  // What is made or goes is whole.
  if (operation === 'create' || operation === 'delete') return [head];
  return [
    head,
    ...[...new Set(changes.map(({ path }) => path))].sort().map((path) => `${head} ${path}`),
    ...causes.map((cause) => `${head} because of ${cause}`),
  ];
}

export function sortedResources(plan: Plan): Resource[] {
  return touched(plan).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function key({ kind, name }: Resource): string {
  return `${kind} ${name}`;
}

function valuesOf({ path, before, after }: Change): unknown {
  return [path, steady(before), steady(after)];
}

/** Ids that an engine makes, and names that Pulumi makes up, differ each time and say nothing. */
function steady(value: string | undefined): string | null {
  if (value === undefined) return null;
  return value
    .replace(/\b(sha256:)?[0-9a-f]{64}\b/g, '(id)')
    .replace(/\b[0-9a-z]{25}\b/g, '(id)')
    .replace(/-[0-9a-f]{7}\b/g, '-(made up)');
}

/** The same text for the same data, whatever the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** The parts of a review that differ from those of another moment. */
export function differingParts(
  reviewed: Parts,
  now: Parts,
  names: readonly PartName[],
): PartName[] {
  return names.filter((name) => reviewed[name] !== now[name]);
}
