// What may import what: no circles, and one direction, from the pages down to plain functions.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** From the bottom up. A part imports itself and what is below it; parts of one line not each other. */
const layers = [
  ['lib'],
  ['api'],
  ['state'],
  ['router.tsx'],
  ['ui'],
  ['time', 'reports', 'projects', 'settings', 'import'],
  ['app.tsx', 'keyboard.ts', 'main.tsx'],
];
const together = layers.at(-1) ?? [];

type Imports = Map<string, string[]>;

/** What a file imports of its own: types and what is loaded later too. */
const importsOf = (file: string, text: string): string[] =>
  ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => path.posix.join(path.posix.dirname(file), name));

async function readSources(): Promise<Imports> {
  const files = (await readdir(src, { recursive: true })).filter((file) => /\.tsx?$/.test(file));
  const read = async (file: string) =>
    [file, importsOf(file, await readFile(path.join(src, file), 'utf8'))] as const;
  return new Map(await Promise.all(files.map(read)));
}

/** The files of a circle in their order, if there is one. */
function findCircle(imports: Imports): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...way, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}

const partOf = (file: string) => file.split('/')[0] ?? file;
const layerOf = (file: string) => layers.findIndex((parts) => parts.includes(partOf(file)));

/** The imports that go up or sideways. */
function findWrongWay(imports: Imports): string[] {
  return [...imports].flatMap(([file, imported]) =>
    imported
      .filter((other) => /\.tsx?$/.test(other))
      .filter((other) => {
        const [from, to] = [partOf(file), partOf(other)];
        if (from === to || (together.includes(from) && together.includes(to))) return false;
        return layerOf(other) >= layerOf(file);
      })
      .map((other) => `${file} imports ${other}`),
  );
}

test('imports of every kind are read, circles and wrong ways found', () => {
  const text = `
    import './a.css';
    import type { T } from '../lib/t.ts';
    import { type U, u } from './u.ts';
    export * from './v.ts';
    import { signal } from '@preact/signals';
    const W = lazy(async () => (await import('./w.tsx')).W);`;
  assert.deepEqual(importsOf('time/page.tsx', text), [
    'time/a.css',
    'lib/t.ts',
    'time/u.ts',
    'time/v.ts',
    'time/w.tsx',
  ]);
  const circle = new Map([
    ['a', ['b', 'c']],
    ['b', []],
    ['c', ['d']],
    ['d', ['b', 'c']],
  ]);
  assert.deepEqual(findCircle(circle), ['c', 'd', 'c']);
  circle.set('d', ['b']);
  assert.equal(findCircle(circle), undefined);
  const wrong = new Map([
    ['state/base.ts', ['api/client.ts', 'state/timer.ts', 'time/row.tsx']],
    ['time/page.tsx', ['time/row.tsx', 'time/time.css', 'ui/menu.tsx', 'reports/page.tsx']],
    ['app.tsx', ['keyboard.ts', 'time/page.tsx']],
    ['keyboard.ts', ['time/page.tsx']],
  ]);
  assert.deepEqual(findWrongWay(wrong), [
    'state/base.ts imports time/row.tsx',
    'time/page.tsx imports reports/page.tsx',
  ]);
});

test('every source file has its place, and imports what is there', async () => {
  const imports = await readSources();
  assert.ok(imports.size > 30);
  for (const [file, imported] of imports) {
    assert.notEqual(layerOf(file), -1, `src/${file}: name its part in test/architecture.test.ts`);
    for (const other of imported.filter((name) => /\.tsx?$/.test(name))) {
      assert.ok(imports.has(other), `src/${file} imports ${other}, which isn't there`);
    }
  }
});

test('no circle of imports', async () => {
  const circle = findCircle(await readSources());
  assert.equal(circle, undefined, `a circle: ${circle?.join(' → ')}`);
});

test('pages import state, state the API, the API plain functions; never the other way', async () => {
  assert.deepEqual(findWrongWay(await readSources()), []);
});
