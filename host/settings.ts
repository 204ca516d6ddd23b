// What was chosen for this host, once, by set-up or by `npm run world`: kept with the account, in no clone.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFolder, ownFolder } from './folders';

/**
 * `official`: Pulumi's own downloads and an image registry can be reached. `offline`: only package
 * registries can, and offline/ supplies the rest.
 */
export type World = 'official' | 'offline';

export interface HostSettings {
  /** The world of the last set-up that went through. */
  readonly world?: World;
  /** Base images that this host's engine has in place of the official ones, by kind. */
  readonly baseImages?: Readonly<Record<string, string>>;
}

export function settingsFile(): string {
  return join(configFolder(), 'host.json');
}

/** Nothing, where nothing was chosen yet. */
export function hostSettings(): HostSettings {
  let text: string;
  try {
    text = readFileSync(settingsFile(), 'utf8');
  } catch {
    return {};
  }
  return JSON.parse(text) as HostSettings;
}

export function saveHostSettings(settings: HostSettings): void {
  ownFolder(configFolder());
  const unfinished = `${settingsFile()}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(settings, null, 2)}\n`);
  renameSync(unfinished, settingsFile());
}
