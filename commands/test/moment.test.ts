import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { parseMoment } from '../moment';

const now = new Date('2026-11-26T12:00:00Z');
const seconds = (iso: string) => Date.parse(iso) / 1000;

/** Reads moments in another zone, which a process has from its start. */
function inZone(zone: string, ...texts: string[]): string[] {
  const script = `
    const { parseMoment, momentText } = require('${join(projectRoot, 'commands/moment.ts')}');
    for (const text of ${JSON.stringify(texts)})
      try { console.log(momentText(parseMoment(text, new Date('${now.toISOString()}')))); }
      catch (error) { console.log(error.message); }`;
  return execFileSync('npx', ['tsx', '-e', script], {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { ...process.env, TZ: zone },
  })
    .trim()
    .split('\n');
}

describe('a moment', () => {
  it('is read with its zone', () => {
    for (const [text, iso] of [
      ['2026-11-25 15:59:30 UTC', '2026-11-25T15:59:30Z'],
      ['2026-11-25T15:59:30Z', '2026-11-25T15:59:30Z'],
      ['2026-11-25 15:59 +01:00', '2026-11-25T14:59:00Z'],
      [' 2026-11-25 15:59:30 -0530 ', '2026-11-25T21:29:30Z'],
    ] as const)
      assert.equal(parseMoment(text, now), seconds(iso), text);
  });

  for (const text of ['', 'yesterday', '15:59', '2026-11-25', '25.11.2026 15:59', '1795719600'])
    it(`is not "${text}"`, () =>
      assert.throws(() => parseMoment(text, now), {
        name: 'Problem',
        message: `"${text}" is no moment: it must be a day and a time, such as '2026-11-25 15:59:30'.`,
      }));

  for (const text of ['2026-02-30 12:00 UTC', '2026-13-01 12:00', '2026-11-25 24:30'])
    it(`does not become another: ${text}`, () =>
      assert.throws(() => parseMoment(text, now), {
        name: 'Problem',
        message: `"${text}" is no moment: there is no such day, or no such time.`,
      }));

  it('is not to come', () =>
    assert.throws(() => parseMoment('2026-11-26 12:00:01 UTC', now), {
      name: 'Problem',
      message: /is yet to come: nothing is known of it\.$/,
    }));

  it("is in the caller's zone else, and said back with it; not in an hour that the clocks skip", () =>
    assert.deepEqual(
      inZone(
        'Europe/Berlin',
        '2026-11-25 15:59:30',
        '2026-06-01 00:30:00',
        '2026-03-29 02:30:00',
        '2026-11-26 13:00:01',
      ),
      [
        '2026-11-25 15:59:30 Europe/Berlin (14:59:30 UTC)',
        '2026-06-01 00:30:00 Europe/Berlin (2026-05-31 22:30:00 UTC)',
        '"2026-03-29 02:30:00" is no moment: there is no such day, or no such time.',
        '2026-11-26 13:00:01 Europe/Berlin (12:00:01 UTC) is yet to come: nothing is known of it.',
      ],
    ));
});
