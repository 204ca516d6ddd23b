// Which world this host is in: official, or offline.

import { tryRun } from '../host/programs';
import { hostSettings, saveHostSettings, settingsFile, type World } from '../host/settings';

export type FoundWorld =
  | { readonly world: World; readonly why: string }
  | { readonly world: undefined; readonly why: string };

/**
 * TIMETRACKER_WORLD says it; else what was chosen, by `npm run world` or the last set-up that went
 * through (so that a moment without network changes nothing); else a look at the network.
 *
 * @param hasCli whether there is an official Pulumi CLI
 */
export async function findWorld(hasCli: boolean): Promise<FoundWorld> {
  const said = process.env.TIMETRACKER_WORLD;
  if (said === 'official' || said === 'offline') return { world: said, why: 'TIMETRACKER_WORLD' };
  if (said)
    return {
      world: undefined,
      why: `TIMETRACKER_WORLD is "${said}", but must be official or offline.`,
    };
  const { world } = hostSettings();
  if (world) return { world, why: `as ${settingsFile()} says; npm run world changes it` };
  return lookForWorld(hasCli);
}

/** Looks at the network, whatever was chosen. */
export async function lookForWorld(hasCli: boolean): Promise<FoundWorld & { world: World }> {
  const [images, downloads] = await Promise.all([
    answers('https://registry-1.docker.io/v2/'),
    answers('https://get.pulumi.com/'),
  ]);
  return decideWorld({ images, downloads, hasCli });
}

/** @param seen what can be reached: Docker's registry, Pulumi's downloads; and whether there is an official CLI */
export function decideWorld(seen: { images: boolean; downloads: boolean; hasCli: boolean }): {
  world: World;
  why: string;
} {
  if (!seen.images) return { world: 'offline', why: 'no image registry can be reached' };
  if (seen.downloads)
    return { world: 'official', why: "Docker's registry and Pulumi's downloads can be reached" };
  if (seen.hasCli)
    return {
      world: 'official',
      why: "Docker's registry can be reached, and there is a Pulumi CLI",
    };
  return { world: 'offline', why: "Pulumi's downloads can't be reached" };
}

/** Chooses the world for the set-ups to come; undefined: the next one looks again. */
export function chooseWorld(world: World | undefined): void {
  const { world: _, ...rest } = hostSettings();
  saveHostSettings(world ? { ...rest, world } : rest);
}

async function answers(url: string): Promise<boolean> {
  // curl, where there is one, since it knows this host's proxies.
  const format = ['--output', '/dev/null', '--write-out', '%{http_code}'];
  const curl = await tryRun('curl', ['--silent', '--head', '--max-time', '3', ...format, url]);
  const status = curl.ok ? Number(curl.stdout) : await fetchStatus(url);
  // A registry asks who is there; anything else that refuses is a wall in between.
  return (status >= 200 && status < 400) || status === 401;
}

/** 0 without an answer. */
async function fetchStatus(url: string): Promise<number> {
  try {
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(3000) })).status;
  } catch {
    return 0;
  }
}
