// What a change says by itself and a plan can't: files, config, migrations, waived guardrails.
import { projectName } from '../host/stack';
import { parseWaivers, type Waiver } from '../infra/config';
import { officialImages } from '../infra/names';
import { type MigrationEffect, migrationEffect } from './migrations';
import { type ChangedFile, changedFiles, fileIn, type Sides } from './trees';

export interface Migration extends MigrationEffect {
  readonly file: string;
}

/** The same for all stacks. */
export interface Facts {
  readonly migrations: readonly Migration[];
  /** Migrations that may have run already, and are changed or gone. */
  readonly editedMigrations: readonly string[];
  readonly dockerfiles: readonly string[];
  /** Official base images that the program names otherwise. */
  readonly baseImages: readonly ConfigChange[];
  /** How many files of each tier's build context differ. */
  readonly filesOf: Readonly<Record<string, number>>;
}

export interface ConfigChange {
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

/** Of one stack's config. */
export interface ConfigFacts {
  readonly changes: readonly ConfigChange[];
  readonly secrets: readonly string[];
  readonly waivers: readonly (Waiver & { readonly isNew: boolean; readonly isOver: boolean })[];
  readonly lacksAdminPassword: boolean;
}

const migrationFile = /^app\/backend\/migrations\/[^/]+\.sql$/;

export async function factsOf(sides: Sides): Promise<Facts> {
  const files = await changedFiles(sides);
  const added = files.filter(({ status, path }) => status === 'A' && migrationFile.test(path));
  return {
    migrations: await Promise.all(
      added.map(async ({ path }) => ({
        file: path,
        ...migrationEffect((await fileIn(sides.head.tree, path)) ?? ''),
      })),
    ),
    ...factsOfFiles(files),
    baseImages: officialChanges(
      (await fileIn(sides.base.tree, 'infra/names.ts')) ?? '',
      (await fileIn(sides.head.tree, 'infra/names.ts')) ?? '',
    ),
  };
}

export function factsOfFiles(
  files: readonly ChangedFile[],
): Pick<Facts, 'editedMigrations' | 'dockerfiles' | 'filesOf'> {
  const filesOf: Record<string, number> = {};
  for (const { path } of files) {
    const [, tier] = /^app\/([\w-]+)\//.exec(path) ?? [];
    if (tier) filesOf[tier] = (filesOf[tier] ?? 0) + 1;
  }
  return {
    editedMigrations: files
      .filter(({ status, path }) => status !== 'A' && migrationFile.test(path))
      .map(({ path }) => path),
    dockerfiles: files.map(({ path }) => path).filter((path) => /(^|\/)Dockerfile$/.test(path)),
    filesOf,
  };
}

/** Read as text: the other side's code runs on paper only. */
function officialChanges(base: string, head: string): ConfigChange[] {
  const named = (text: string, kind: string) =>
    new RegExp(`^\\s+${kind}: '([^']+)',?$`, 'm').exec(text)?.[1];
  return Object.keys(officialImages).flatMap((kind) => {
    const [before, after] = [named(base, kind), named(head, kind)];
    return before !== undefined && after !== undefined && before !== after
      ? [{ key: kind, before, after }]
      : [];
  });
}

/** @param today an ISO date */
export function configFacts(
  base: Readonly<Record<string, string>> | undefined,
  head: Readonly<Record<string, string>>,
  more: Pick<ConfigFacts, 'secrets' | 'lacksAdminPassword'>,
  today: string,
): ConfigFacts {
  const keys = [...new Set([...Object.keys(base ?? {}), ...Object.keys(head)])].sort();
  const changes = base
    ? keys
        .filter((key) => base[key] !== head[key] && !more.secrets.includes(key))
        .map((key) => ({
          key: shortKey(key),
          ...(base[key] !== undefined && { before: base[key] }),
          ...(head[key] !== undefined && { after: head[key] }),
        }))
        .filter(({ key }) => key !== 'adminPassword')
    : [];
  const waiversIn = (config: Readonly<Record<string, string>>) =>
    parseWaivers(config[`${projectName}:waivers`], []);
  const before = waiversIn(base ?? {});
  return {
    changes,
    secrets: more.secrets.map(shortKey),
    waivers: waiversIn(head).map((waiver) => ({
      ...waiver,
      isNew: !before.some((old) => JSON.stringify(old) === JSON.stringify(waiver)),
      isOver: waiver.until < today,
    })),
    lacksAdminPassword: more.lacksAdminPassword,
  };
}

function shortKey(key: string): string {
  return key.startsWith(`${projectName}:`) ? key.slice(projectName.length + 1) : key;
}
