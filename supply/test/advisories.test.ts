// What npm audit says, and what is made of it: answers in its form, one with findings and one refused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { judge } from '../../commands/audit';
import { advisoriesOf, line, toActOn } from '../advisories';

const example = (name: string) => readFileSync(join(__dirname, name), 'utf8');
const day = new Date('2026-11-26T12:00:00Z');
const advisories = advisoriesOf(example('audit-report.json'));

describe('the advisories', () => {
  it('of a report are each there once, under the package that they are about', () =>
    assert.deepEqual(
      advisories?.map(({ name, severity }) => [name, severity]),
      [
        ['debug', 'low'],
        ['minimist', 'moderate'],
        ['minimist', 'critical'],
      ],
    ));

  it('are to be acted on from moderate on, unless a waiver holds', () => {
    assert.equal(toActOn(advisories ?? [], [], day).length, 2);
    const waiver = { name: 'minimist', reason: 'tried', until: '2026-11-26' };
    assert.deepEqual(toActOn(advisories ?? [], [waiver], day), []);
    const after = new Date('2026-11-27T00:00:00Z');
    assert.equal(toActOn(advisories ?? [], [waiver], after).length, 2);
  });

  it('have a line that says all', () => {
    const [, , critical] = advisories ?? [];
    assert.ok(critical);
    assert.equal(
      line(critical),
      'minimist <0.2.4: critical: Prototype Pollution in minimist (https://github.com/advisories/GHSA-xvch-5gv4-984h)',
    );
  });

  it('are none where nothing is known, and unknown where nobody answered', () => {
    assert.deepEqual(advisoriesOf('{"auditReportVersion":2,"vulnerabilities":{}}'), []);
    for (const text of [example('audit-refused.json'), '', 'no JSON'])
      assert.equal(advisoriesOf(text), undefined);
  });
});

describe('an audit', () => {
  const found = { folder: 'app/backend', advisories };
  const nothing = { folder: '.', advisories: [] };
  const silent = { folder: 'app/frontend', advisories: undefined };

  it('fails for what is to be done, by folder', () => {
    const { text, code } = judge([nothing, found, silent], 'offline', day);
    assert.equal(code, 1);
    assert.match(text, /^app\/backend: minimist <0\.2\.1: moderate: .*\napp\/backend: minimist/);
  });

  it('is well if nothing is known', () =>
    assert.deepEqual(judge([nothing], undefined, day), {
      text: 'Nothing is known against any package.',
      code: 0,
    }));

  it("fails without an answer, but for hosts that can't have one, which is said", () => {
    for (const world of ['official', undefined] as const)
      assert.equal(judge([nothing, silent], world, day).code, 2);
    const { text, code } = judge([nothing, silent], 'offline', day);
    assert.deepEqual(
      [text, code],
      ['No answer for app/frontend: this host reaches no advisories.', 0],
    );
  });
});
