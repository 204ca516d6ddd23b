// The bill of materials, from what images say of themselves.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { billOf } from '../bill';
import { alpineParts, debianParts, goParts } from '../image-contents';

const dpkg = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12+deb13u2
Description: GNU C Library
 Version: not this one

Package: gone
Status: deinstall ok config-files
Version: 1.0

Package: adduser
Status: install ok installed
Version: 3.152
`;
const apk = `C:Q1abc=
P:musl
V:1.2.5-r10
A:x86_64
F:lib
R:ld-musl-x86_64.so.1

C:Q1def=
P:busybox
V:1.37.0-r18
`;
const buildInfo =
  'go\tgo1.26.8\npath\tgithub.com/caddyserver/caddy/v2/cmd/caddy\n' +
  'mod\tgithub.com/caddyserver/caddy/v2\tv2.11.9\th1:x=\ndep\tcel.dev/expr\tv0.25.3\th1:y=\n' +
  'build\t-compiler=gc\n';

describe('an image', () => {
  it("of Debian's has what is installed", () =>
    assert.deepEqual(debianParts(dpkg), [
      { kind: 'deb', name: 'adduser', version: '3.152' },
      { kind: 'deb', name: 'libc6', version: '2.41-12+deb13u2' },
    ]));

  it("of Alpine's, too", () =>
    assert.deepEqual(alpineParts(apk), [
      { kind: 'apk', name: 'busybox', version: '1.37.0-r18' },
      { kind: 'apk', name: 'musl', version: '1.2.5-r10' },
    ]));

  it('with Caddy has its modules', () =>
    assert.deepEqual(goParts(buildInfo), [
      { kind: 'golang', name: 'cel.dev/expr', version: 'v0.25.3' },
      { kind: 'golang', name: 'github.com/caddyserver/caddy/v2', version: 'v2.11.9' },
    ]));

  it('without such a list has none', () => {
    for (const read of [debianParts, alpineParts, goParts]) assert.deepEqual(read('\n\n'), []);
  });
});

describe('a bill of materials', () => {
  const package_ = {
    name: '@a/b',
    version: '1.0.0',
    license: 'MIT',
    isDev: false,
    hasScript: false,
    integrity: `sha512-${Buffer.from('sum').toString('base64')}`,
  };
  const bill = billOf(
    'timetracker-prod',
    'abc-def',
    [
      {
        tier: 'backend',
        id: 'sha256:1',
        builtOn: ['node:22-alpine@sha256:2'],
        parts: debianParts(dpkg),
        packages: [
          package_,
          { ...package_, name: 'tester', isDev: true },
          { ...package_, name: 'odd', license: 'SEE LICENSE IN LICENSE', integrity: undefined },
        ],
      },
      { tier: 'edge', id: 'sha256:3', builtOn: [], parts: goParts(buildInfo), packages: [] },
      { tier: 'db', id: 'sha256:4', builtOn: [], parts: debianParts(dpkg), packages: [] },
      { tier: 'backup', id: 'sha256:4', builtOn: [], parts: debianParts(dpkg), packages: [] },
    ],
    new Date('2026-11-26T12:00:00Z'),
  );
  const named = (name: string) => bill.components.find((component) => component.name === name);

  it('is that of one release', () =>
    assert.deepEqual(bill.metadata, {
      timestamp: '2026-11-26T12:00:00.000Z',
      component: {
        type: 'application',
        'bom-ref': 'timetracker-prod@abc-def',
        name: 'timetracker-prod',
        version: 'abc-def',
      },
    }));

  it('has each image and part once, and which is in which', () => {
    assert.deepEqual(
      bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn.length]),
      [
        ['timetracker-prod@abc-def', 3],
        ['sha256:1', 4],
        ['sha256:3', 2],
        ['sha256:4', 2],
      ],
    );
    const refs = bill.components.map((component) => component['bom-ref']);
    assert.equal(new Set(refs).size, refs.length);
    for (const ref of bill.dependencies.flatMap(({ dependsOn }) => dependsOn))
      assert.ok(refs.includes(ref), ref);
  });

  it('names parts as scanners look them up, with licence and sum where they are known', () => {
    assert.deepEqual(named('@a/b'), {
      type: 'library',
      'bom-ref': 'pkg:npm/%40a/b@1.0.0',
      name: '@a/b',
      version: '1.0.0',
      purl: 'pkg:npm/%40a/b@1.0.0',
      licenses: [{ expression: 'MIT' }],
      hashes: [{ alg: 'SHA-512', content: Buffer.from('sum').toString('hex') }],
    });
    assert.deepEqual(named('odd')?.licenses, [{ license: { name: 'SEE LICENSE IN LICENSE' } }]);
    assert.equal(named('libc6')?.purl, 'pkg:deb/debian/libc6@2.41-12%2Bdeb13u2');
    assert.equal(named('cel.dev/expr')?.purl, 'pkg:golang/cel.dev/expr@v0.25.3');
    assert.equal(named('tester'), undefined, 'what only tests need is not in an image');
    assert.deepEqual(named('timetracker-prod/backend')?.properties, [
      { name: 'timetracker:built-on', value: 'node:22-alpine@sha256:2' },
    ]);
  });
});
