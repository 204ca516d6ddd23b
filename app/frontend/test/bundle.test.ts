// What a first visit loads: less than 60 KB of script, compressed.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the first load is small, and nothing comes from elsewhere', async () => {
  const outDir = await mkdtemp(path.join(tmpdir(), 'timetracker-bundle-'));
  try {
    await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
    const html = await readFile(path.join(outDir, 'index.html'), 'utf8');
    const entries = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(
      ([, file]) => file ?? '',
    );
    assert.ok(entries.length > 0);

    const loaded = new Map<string, number>();
    const load = async (file: string): Promise<void> => {
      if (loaded.has(file)) return;
      const code = await readFile(path.join(outDir, file));
      loaded.set(file, gzipSync(code, { level: 9 }).length);
      for (const [, imported] of code.toString().matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g)) {
        await load(path.posix.join(path.posix.dirname(file), imported ?? ''));
      }
    };
    for (const file of entries) await load(file);

    const total = [...loaded.values()].reduce((sum, size) => sum + size, 0);
    console.log(`first load: ${total} bytes of script, compressed, in ${loaded.size} files`);
    assert.ok(total < 60_000, `${total} bytes`);
  } finally {
    await rm(outDir, { recursive: true });
  }
});
