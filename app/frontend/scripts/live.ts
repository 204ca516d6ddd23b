// `tsx scripts/live.ts FOLDER`: builds the page into FOLDER whenever a source of it is saved, and lets the page load
// itself anew. By a file of its own, not by Vite's server: so it goes through the same nginx, its rules and policy.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('Say into which folder.');

/** What the page runs beside its own: asks three times a second whether there is a newer build. */
const reloader = `
let built;
setInterval(async () => {
  try {
    const now = await (await fetch('/live.json', { cache: 'no-store' })).text();
    if (built !== undefined && now !== built) location.reload();
    built = now;
  } catch {}
}, 300);
`;

const reload: Plugin = {
  name: 'reload',
  transformIndexHtml: () => [{ tag: 'script', attrs: { src: '/live.js', defer: true } }],
};

const watcher = await build({
  logLevel: 'warn',
  build: { outDir: folder, emptyOutDir: false, watch: {} },
  plugins: [reload],
});
if (!('on' in watcher)) throw new Error('Vite does not watch.');
await writeFile(join(folder, 'live.js'), reloader);
watcher.on('event', async (event) => {
  if (event.code === 'ERROR') console.log(`page: ${event.error.message}`);
  if (event.code === 'BUNDLE_END') {
    await event.result.close();
    await writeFile(join(folder, 'live.json'), JSON.stringify(Date.now()));
    console.log(`page: built in ${event.duration} ms`);
  }
});
