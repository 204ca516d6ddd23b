import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageOf, placed, type Section } from '../report/page';

const tiers: Section = {
  name: 'tiers',
  title: 'Tiers',
  command: 'npm run bench -- growth',
  date: '2026-11-27',
  machine: '2 cores',
  head: ['tiers', '`up`'],
  rows: [
    ['3', '4.00 s'],
    ['10', '5.00 s'],
  ],
  notes: ['Why it bends.'],
  plot: { title: 'Seconds by tiers', x: 'tiers', y: 'seconds', lines: [] },
};

describe('the page of what it costs', () => {
  it('has each section with its table, its plot, its reasons and its machine', () => {
    assert.equal(
      pageOf([tiers]).slice(pageOf([]).length).trim(),
      `## Tiers

| tiers | \`up\` |
| --- | --- |
| 3 | 4.00 s |
| 10 | 5.00 s |

![Seconds by tiers](bench/tiers.svg)

Why it bends.

\`npm run bench -- growth\`, 2026-11-27: 2 cores.`,
    );
  });

  it('takes what is measured again in the place of what was, in an order of its own', () => {
    const dev = { ...tiers, name: 'dev' };
    const again = { ...tiers, title: 'Again' };
    assert.deepEqual(placed([tiers], dev), [dev, tiers]);
    assert.deepEqual(placed([dev, tiers], again), [dev, again]);
  });
});
