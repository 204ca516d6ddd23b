// Licences of what is delivered, and that waivers end.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allowed, isAllowed, licenceFaults, outside, waivers } from '../licences';
import { lockedIn, lockFolders, packagesOf } from '../packages';
import { isWaived, unneeded } from '../waivers';

const everything = lockFolders.flatMap((folder) => lockedIn(folder));

describe('the licences', () => {
  it('of all that is delivered, or run on a server, are taken', () => {
    assert.deepEqual(licenceFaults(everything, allowed, waivers, new Date()), []);
    assert.ok(everything.filter(({ isDev }) => !isDev).length > 400);
  });

  it('need each waiver that there is', () =>
    assert.deepEqual(
      unneeded(
        waivers,
        outside(everything, allowed).map(({ name }) => name),
      ),
      [],
    ));

  for (const [expression, expected] of [
    ['MIT', true],
    ['GPL-3.0', false],
    ['MIT OR GPL-3.0', true],
    ['GPL-3.0 OR MIT', true],
    ['MIT AND GPL-3.0', false],
    ['(BSD-3-Clause AND Apache-2.0)', true],
    ['GPL-3.0 OR (MIT AND ISC)', true],
    ['MIT AND (GPL-3.0 OR AGPL-3.0)', false],
    ['MIT ISC', false],
    ['(MIT', false],
    ['SEE LICENSE IN LICENSE', false],
    ['', false],
  ] as const)
    it(`${expected ? 'take' : "don't take"} "${expression}"`, () =>
      assert.equal(isAllowed(expression, allowed), expected));

  it('are asked of what is delivered alone, and each fault has a line', () => {
    const of = (name: string, license: string | undefined, isDev = false) => {
      return { name, version: '1.0.0', license, isDev, hasScript: false, integrity: undefined };
    };
    const packages = [of('a', 'MIT'), of('b', 'AGPL-3.0'), of('c', undefined), of('d', 'X', true)];
    assert.deepEqual(licenceFaults(packages, allowed, [], new Date()), [
      'b 1.0.0: AGPL-3.0',
      'c 1.0.0: no licence',
    ]);
  });
});

describe('a waiver', () => {
  const waived = [{ name: 'a', reason: 'tried', until: '2026-12-31' }];

  it('holds to the end of its last day, and not after', () => {
    assert.equal(isWaived('a', waived, new Date('2026-12-31T23:59:59Z')), true);
    assert.equal(isWaived('a', waived, new Date('2027-01-01T00:00:00Z')), false);
    assert.equal(isWaived('b', waived, new Date('2026-12-31T00:00:00Z')), false);
  });

  it('that nothing needs is found', () => {
    assert.deepEqual(unneeded(waived, ['b']), ['a']);
    assert.deepEqual(unneeded(waived, ['a']), []);
  });

  it('says why, and a day that there is', () => {
    for (const { reason, until } of waivers) {
      assert.match(reason, /\w{3}/);
      assert.equal(new Date(until).toISOString().slice(0, 10), until);
    }
  });
});

describe('the packages of a lock file', () => {
  it('are each there once, with what was locked; used once without dev, they are delivered', () => {
    const lock = {
      packages: {
        '': { name: 'project', version: '1.0.0' },
        'node_modules/@a/b': { version: '1.0.0', license: 'MIT', dev: true, integrity: 'sha512-x' },
        'node_modules/c': { version: '2.0.0', hasInstallScript: true },
        'node_modules/c/node_modules/@a/b': { version: '1.0.0', license: 'MIT' },
        'node_modules/alias': { name: 'real', version: '3.0.0', devOptional: true },
        'node_modules/own': { link: true },
        // What the link leads to: a folder of this project.
        'supply/own': { name: 'own', version: '4.0.0' },
      },
    };
    assert.deepEqual(
      packagesOf(JSON.stringify(lock)).map(({ name, version, isDev, hasScript }) => [
        ...[name, version, isDev, hasScript],
      ]),
      [
        ['@a/b', '1.0.0', false, false],
        ['c', '2.0.0', false, true],
        ['real', '3.0.0', true, false],
      ],
    );
  });
});
