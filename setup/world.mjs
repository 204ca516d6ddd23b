// Which world this host is in. `official`: Pulumi's own downloads and an image registry can be
// reached. `offline`: only package registries can, and offline/ supplies the rest.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { tryRun } from './run.mjs';

/** @typedef {'official' | 'offline'} World */

const remembered = () => join(cacheFolder(), 'world');

/**
 * TIMETRACKER_WORLD says it; else the last set-up that went through (so that a moment without
 * network changes nothing); else a look at the network.
 * @param {string | undefined} officialCli path of an official Pulumi CLI
 * @returns {Promise<{ world: World, why: string } | { world: undefined, why: string }>}
 */
export async function findWorld(officialCli) {
  const said = process.env.TIMETRACKER_WORLD;
  if (said === 'official' || said === 'offline') return { world: said, why: 'TIMETRACKER_WORLD' };
  if (said) {
    return {
      world: undefined,
      why: `TIMETRACKER_WORLD is "${said}", but must be official or offline.`,
    };
  }
  const last = (await readFile(remembered(), 'utf8').catch(() => '')).trim();
  if (last === 'official' || last === 'offline')
    return { world: last, why: `as ${remembered()} says` };
  const [images, downloads] = await Promise.all([
    answers('https://registry-1.docker.io/v2/'),
    answers('https://get.pulumi.com/'),
  ]);
  return decideWorld({ images, downloads, officialCli: officialCli !== undefined });
}

/**
 * @param {{ images: boolean, downloads: boolean, officialCli: boolean }} seen what can be reached:
 *   Docker's registry, Pulumi's downloads; and whether there is an official CLI
 * @returns {{ world: World, why: string }}
 */
export function decideWorld({ images, downloads, officialCli }) {
  if (!images) return { world: 'offline', why: 'no image registry can be reached' };
  if (downloads)
    return { world: 'official', why: "Docker's registry and Pulumi's downloads can be reached" };
  if (officialCli)
    return {
      world: 'official',
      why: "Docker's registry can be reached, and there is a Pulumi CLI",
    };
  return { world: 'offline', why: "Pulumi's downloads can't be reached" };
}

/** @param {World} world */
export async function rememberWorld(world) {
  await writeFile(remembered(), `${world}\n`);
}

/** @param {string} url */
async function answers(url) {
  // curl, where there is one, since it knows this host's proxies.
  const format = ['--output', '/dev/null', '--write-out', '%{http_code}'];
  const curl = await tryRun('curl', ['--silent', '--head', '--max-time', '3', ...format, url]);
  const status = curl.ok ? Number(curl.stdout) : await fetchStatus(url);
  // A registry asks who is there; anything else that refuses is a wall in between.
  return (status >= 200 && status < 400) || status === 401;
}

/** @param {string} url @returns {Promise<number>} 0 without an answer */
async function fetchStatus(url) {
  try {
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(3000) })).status;
  } catch {
    return 0;
  }
}
