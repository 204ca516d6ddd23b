import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Hostile, harmless, readFolder, readReview, unzip } from '../artifact';
import { zipOf } from './zip';

const head = 'a'.repeat(40);
const json = JSON.stringify({ outcome: 'safe', head: { commit: head } });
const good = { 'review.json': json, 'review.md': '## fine\n', 'review.html': '<p>fine' };
const entries = Object.entries(good).map(([name, contents]) => ({ name, contents }));

describe('a zip with a review', () => {
  it('is read, packed or not, without the page', () => {
    for (const stored of [true, false]) {
      const files = unzip(zipOf(entries.map((entry) => ({ ...entry, stored }))));
      assert.deepEqual([...files.keys()], ['review.json', 'review.md']);
      assert.deepEqual(readReview(files), { data: { head }, text: '## fine\n' });
    }
  });

  it('may come from the usual program', (t) => {
    try {
      execFileSync('python3', ['-c', 'import zipfile']);
    } catch {
      t.skip('no python3');
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'zip-'));
    for (const [name, contents] of Object.entries(good))
      writeFileSync(join(folder, name), contents);
    execFileSync('python3', ['-m', 'zipfile', '-c', 'a.zip', ...Object.keys(good)], {
      cwd: folder,
    });
    const zip = execFileSync('cat', [join(folder, 'a.zip')]);
    rmSync(folder, { recursive: true });
    assert.equal(readReview(unzip(zip)).data.head, head);
  });

  const md = { name: 'review.md', contents: 'x' };
  for (const [what, zip, message] of [
    [
      'another file',
      zipOf([{ name: 'run.sh', contents: 'x' }]),
      /"run\.sh" is no file of a review/,
    ],
    [
      'a way out',
      zipOf([{ name: '../review.md', contents: 'x' }]),
      /"\.\.\/review\.md" is no file/,
    ],
    ['a folder', zipOf([{ name: 'x/review.md', contents: 'x' }]), /"x\/review\.md" is no file/],
    ['an odd name', zipOf([{ name: '::stop\n@all', contents: '' }]), /"::stop\?\?all" is no file/],
    [
      'a name of Object',
      zipOf([{ name: 'constructor', contents: '' }]),
      /"constructor" is no file/,
    ],
    ['a link', zipOf([{ ...md, mode: 0o120777 }]), /review\.md is not a file/],
    ['one name twice', zipOf([md, md]), /review\.md is there twice/],
    ['many files', zipOf([md, md, md, md]), /has 4 files/],
    [
      'a long file',
      zipOf([{ ...md, contents: 'x'.repeat(300_000) }]),
      /300000 bytes: more than 262144/,
    ],
    [
      'a file that is longer than it says',
      zipOf([{ ...md, contents: Buffer.alloc(50_000_000), size: 10 }]),
      /can be read: .*larger than 262144 bytes/,
    ],
    ['no zip', Buffer.from('<html>'), /is no zip/],
    ['half a zip', zipOf(entries).subarray(-60), /damaged|can be read/],
    ['an end alone', zipOf([]).fill(0xff, 10, 12), /has 65535 files/],
  ] as const)
    it(`is refused with ${what}`, () =>
      assert.throws(
        () => unzip(zip),
        (error) => error instanceof Hostile && message.test(error.message),
      ));
});

describe('a folder with a review', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'review-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const make = (name: string) => {
    const made = join(folder, name);
    mkdirSync(made);
    for (const [file, contents] of Object.entries(good)) writeFileSync(join(made, file), contents);
    return made;
  };

  it('is read', () => assert.equal(readReview(readFolder(make('good'))).data.head, head));

  it('is refused with a link, a pipe, a folder, another file, or 1 GB', () => {
    const linked = make('linked');
    rmSync(join(linked, 'review.md'));
    symlinkSync('/etc/passwd', join(linked, 'review.md'));
    assert.throws(() => readFolder(linked), /"review\.md" is not a file/);

    const piped = make('piped');
    rmSync(join(piped, 'review.md'));
    execFileSync('mkfifo', [join(piped, 'review.md')]);
    assert.throws(() => readFolder(piped), /"review\.md" is not a file/);

    const nested = make('nested');
    mkdirSync(join(nested, 'more'));
    assert.throws(() => readFolder(nested), /"more" is no file of a review/);

    const huge = make('huge');
    truncateSync(join(huge, 'review.md'), 2 ** 30);
    assert.throws(() => readFolder(huge), /1073741824 bytes: more than 262144/);
    assert.throws(() => readFolder(join(folder, 'none')), /can't be read: ENOENT/);
  });
});

describe("a review's data", () => {
  for (const [what, contents, message] of [
    ['no JSON', '{', /is no JSON/],
    ['deep JSON', '['.repeat(1_000_000), /is no JSON/],
    ['another JSON', 'null', /does not say which commit/],
    ['no commit', '{"head":{"commit":"main"}}', /does not say which commit/],
  ] as const)
    it(`is refused with ${what}`, () =>
      assert.throws(
        () =>
          readReview(
            new Map(
              Object.entries({ ...good, 'review.json': contents }).map(([k, v]) => [
                k,
                Buffer.from(v),
              ]),
            ),
          ),
        message,
      ));

  it('may not know of which commit it is where there is no review', () => {
    const contents = JSON.stringify({ outcome: 'failed', head: { ref: 'HEAD', commit: '' } });
    const files = new Map([
      ['review.json', Buffer.from(contents)],
      ['review.md', Buffer.from('## 🔴 There is no review')],
    ]);
    assert.equal(readReview(files).data.head, undefined);
  });

  it('is refused without one of its files, or without a word', () => {
    assert.throws(() => readReview(new Map()), /has no review\.json/);
    const files = new Map([['review.json', Buffer.from(json)]]);
    assert.throws(() => readReview(files), /has no review\.md/);
    assert.throws(() => readReview(files.set('review.md', Buffer.from(' \n'))), /is empty/);
  });
});

describe('foreign Markdown', () => {
  const files = `https://forge.example/alice/tracker/blob/${head}`;
  const safe = (text: string) => harmless(text, files);
  /** What it says, without the gaps. */
  const seen = (text: string) => safe(text).replaceAll('\u200b', '');

  it('stays what it is where it is harmless', () => {
    const text = [
      '## prod: 2 services roll, nothing is lost',
      '',
      '| resource | *what* | `old` → **new** |',
      '| --- | --- | --- |',
      '| backend | replicas | 2 &lt; 3 &amp; \\| &#124; |',
      '',
      '<details>\n<summary>plan</summary>\n\n```diff\n- a < 1\n+ b && c > #x\n```\n\n</details>',
      '> [!CAUTION]',
      '🔴 1 / 2, a/b',
    ].join('\n');
    assert.equal(safe(text), text);
  });

  it('stays a picture', () => {
    const text = [
      '```mermaid',
      'flowchart LR',
      '  r0["backend"]:::update',
      '  r1[("db-data")]:::same',
      '  r2(("backend-network")):::same',
      '  r0 --- r2',
      '  classDef same fill:#eee,stroke:#999,color:#333',
      '```',
    ].join('\n');
    assert.equal(safe(text), text);
  });

  it("links to this repository's files, at this commit, and to nothing else", () => {
    assert.equal(safe('[x](infra/database.ts#L12)'), `[x](${files}/infra/database.ts#L12)`);
    assert.equal(safe('[x](./app/a.ts#L1-L3)'), `[x](${files}/app/a.ts#L1-L3)`);
    assert.equal(safe(`[x](${files}/a.ts)`), `[x](${files}/a.ts)`);
    for (const target of [
      'https://evil.example/',
      '//evil.example',
      '/settings',
      '../../evil',
      'a/../../b',
      'javascript:alert(1)',
      'data:text/html,x',
      `${files}/../../../settings`,
      `${files}x/y`,
      'https:\\/\\/evil.example',
      '<https://evil.example>',
      'a "title"',
    ])
      assert.doesNotMatch(safe(`[x](${target})`), /\]\(/, target);
  });

  for (const [what, text, never] of [
    ['a person', 'ask @alice, (@bob) or\n@org/team', /@\w/],
    ['a person by a number', '&#64;alice &commat;alice &#x40;alice', /&[#a-z]\w*;|@\w/],
    ['an issue', '#1, alice/x#2, GH-3, gh-4, !5, &#35;6', /#\d|GH-\d|!\d/i],
    ['an address', 'https://a.b //c.d www.e.f http:/\\/g.h ftp://i', /\/\\?\/|www\./i],
    ['a mail', 'mailto:x@y.z and x@y.z', /@\w/],
    ['a definition', '[x]\n\n[x]: https://evil.example\n[^1]: note', /\]:/],
    ['an image', '![x](https://evil.example/x.png) ![y](a.png)', /!\[/],
    ['a wiki link', '[[Home]]', /\[\[/],
    [
      'HTML',
      '<img src=x> <script>x</script> <a href=x>y</a> <!-- --> <?x?> <svg/onload=x>',
      /<[a-z!?/]/i,
    ],
    ['a tag with more', '<details onclick=x> <summary id=x>', /<[a-z!?/]/i],
    ['our marker', '<!-- timetracker-review 9999999999999 -->', /<!--/],
    ['a command to a bot', '/approve\n  /lgtm\n@dependabot merge', /^\s*\/\w|@\w/m],
    ['unseen letters', 'a\u202eb\u2066c\u0000d\u200be\ufefff\u{e0041}g\u001b[31m', /[^ -~\u200b]/u],
    // What a parser takes for code, another doesn't.
    ['a person in code', '`@a` ```\n@b\n``` ~~~ @c', /@\w/],
    ['an escaped person', '\\@alice \\#1 @\u200balice', /@\w|#\d/],
  ] as const)
    it(`has not ${what}`, () => assert.doesNotMatch(safe(text), never));

  it('loses no letter that is seen', () => {
    for (const text of ['@a #1 https://x <b> <img> ![x](y) &#64; [[a]] [x]: y', '/x\n//', '#&#49;'])
      assert.equal(seen(text), text);
  });

  it('says the same of what it made', () => {
    const once = safe('@a #1 https://x <img> ![x](http://y) &#64; [[a]] [x]: y [f](a/b.ts#L1)');
    assert.equal(safe(once), once);
  });

  it('is read in a moment, whatever it is', () => {
    for (const piece of [
      ' ',
      '[',
      '](',
      '](a',
      '<',
      '<details>',
      '/',
      ' /',
      '&',
      '@',
      '`',
      '\t/a ',
      '![',
    ])
      for (const text of [
        piece.repeat(65_536 / piece.length),
        `${' '.repeat(32_000)}${piece}`.repeat(2),
      ]) {
        const started = performance.now();
        safe(text);
        assert.ok(
          performance.now() - started < 2000,
          `${piece}: ${performance.now() - started} ms`,
        );
      }
  });
});
