import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Plot, svgOf } from '../report/plot';

const plot: Plot = {
  title: 'Time & "size"',
  x: 'entries',
  y: 'seconds <s>',
  lines: [
    {
      name: 'list',
      points: [
        [10, 0.1],
        [1000, 10],
      ],
    },
    {
      name: 'search',
      points: [
        [10, 0.1],
        [1000, 9.9],
      ],
    },
  ],
};

describe('a plot', () => {
  const svg = svgOf(plot);
  const all = (pattern: RegExp) => [...svg.matchAll(pattern)].map(([, found]) => found);

  it('places points by their logarithm, between ticks of 1, 2 and 5', () => {
    // The first line goes from the lower left corner to the upper right one.
    assert.ok(svg.includes('d="M64.0 310.0L500.0 36.0"'), svg);
    assert.deepEqual(all(/text-anchor="end">([^<]+)</g), [
      ...['0.1', '0.2', '0.5', '1', '2', '5', '10'],
    ]);
    assert.deepEqual(all(/text-anchor="middle">(\d\w*)</g), [
      ...['10', '20', '50', '100', '200', '500', '1k'],
    ]);
  });

  it('tells lines apart without colours, and names them where they end, none over another', () => {
    assert.deepEqual(all(/stroke-dasharray="([^"]+)"/g), ['none', '7 4']);
    const [list, search] = all(/x="508" y="([\d.]+)"/g).map(Number);
    assert.ok(list !== undefined && search !== undefined && search - list >= 15, svg);
  });

  it('lets no text out of its place, and knows dark screens', () => {
    assert.ok(svg.includes('aria-label="Time &amp; &quot;size&quot;"'));
    assert.ok(svg.includes('seconds &lt;s>'));
    assert.ok(svg.includes('prefers-color-scheme:dark'));
    assert.doesNotMatch(svg, /NaN|undefined|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
  });

  it('has room for one point', () => {
    const one = svgOf({ ...plot, lines: [{ name: 'one', points: [[3, 4]] }] });
    assert.doesNotMatch(one, /NaN|Infinity/);
  });
});
