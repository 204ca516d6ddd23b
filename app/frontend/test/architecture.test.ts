// What may import what: no circles, and one direction, from the pages down to plain functions. And
// which styles are whose, so that it doesn't matter in which order pages are opened.
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
const pages = layers.at(-2) ?? [];

type Imports = Map<string, string[]>;

/** What a file imports of its own: types and what is loaded later too. */
const importsOf = (file: string, text: string): string[] =>
  ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => path.posix.join(path.posix.dirname(file), name));

/** The files of src of a kind, with their text. */
async function readFiles(kind: RegExp): Promise<[string, string][]> {
  const files = (await readdir(src, { recursive: true })).filter((file) => kind.test(file));
  return Promise.all(
    files.map(async (file): Promise<[string, string]> => {
      return [file, await readFile(path.join(src, file), 'utf8')];
    }),
  );
}

async function readSources(): Promise<Imports> {
  const sources = await readFiles(/\.tsx?$/);
  return new Map(sources.map(([file, text]) => [file, importsOf(file, text)]));
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

/** The classes that a source file gives to elements: the words of each string in a class attribute. */
function classesOf(text: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node, inClass: boolean): void => {
    if (inClass && ts.isStringLiteralLike(node)) {
      for (const name of node.text.split(/\s+/)) found.add(name);
    }
    const attribute = ts.isJsxAttribute(node) && node.name.getText() === 'class';
    ts.forEachChild(node, (child) => visit(child, inClass || attribute));
  };
  visit(ts.createSourceFile('x.tsx', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX), false);
  return found;
}

/** Each selector of a stylesheet, those of media queries too. */
function selectorsOf(css: string): string[] {
  const plain = css.replace(/\/\*.*?\*\//gs, '');
  return [...plain.matchAll(/([^{};]+)\{/g)]
    .map(([, head = '']) => head.trim())
    .filter((head) => !head.startsWith('@'))
    .flatMap((head) => head.split(/,(?![^(]*\))/).map((selector) => selector.trim()));
}

/** Selectors of a page's styles that could meet an element of another part. */
function findForeign(page: string, css: string, classes: Map<string, Set<string>>): string[] {
  const mine = classes.get(page) ?? new Set();
  const others = [...classes].filter(([part]) => part !== page).map(([, names]) => names);
  return selectorsOf(css).filter((selector) => {
    const names = [...selector.matchAll(/\.([\w-]+)/g)].map(([, name = '']) => name);
    return !names.some((name) => mine.has(name) && !others.some((names) => names.has(name)));
  });
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

test('selectors that could meet an element of another part are found', () => {
  const classes = new Map([
    ['time', classesOf(`const a = <p class={b ? 'row' : 'row muted'} id="other" />;`)],
    ['ui', classesOf('const a = <p class="muted wide" />;')],
  ]);
  const css = `/* .row */ .row > li, .muted { top: 0 } @media (max-width: 1px) {
    .row:is(.a, li) { top: 0 } .wide .other { top: 0 } p { top: 0 } }`;
  assert.deepEqual(findForeign('time', css, classes), ['.muted', '.wide .other', 'p']);
});

test('a page is styled beside it, and its styles meet nothing of another part', async () => {
  const classes = new Map<string, Set<string>>();
  for (const [file, text] of await readFiles(/\.tsx$/)) {
    const part = partOf(file);
    classes.set(part, new Set([...(classes.get(part) ?? []), ...classesOf(text)]));
  }
  const styles = await readFiles(/\.css$/);
  const ofPages = styles.filter(([file]) => pages.includes(partOf(file)));
  assert.ok(ofPages.length >= 5);
  for (const [file, css] of ofPages) {
    const foreign = findForeign(partOf(file), css, classes);
    assert.deepEqual(foreign, [], `src/${file}: each selector has to name a class of its own page`);
  }
});

test('shared styles come with the first load, and so before those of any page', async () => {
  const sheets = new Set((await readFiles(/\.css$/)).map(([file]) => file));
  for (const [file, imported] of await readSources()) {
    for (const sheet of imported.filter((name) => name.endsWith('.css'))) {
      assert.ok(sheets.delete(sheet), `src/${file} imports ${sheet}: missing, or imported twice`);
      const owner = sheet.startsWith('styles/')
        ? 'main.tsx'
        : partOf(sheet).replace('.css', '.tsx');
      assert.equal(partOf(file), owner, `src/${file} imports ${sheet}`);
    }
  }
  assert.deepEqual([...sheets], [], 'styles that nothing imports');
});
