import assert from 'node:assert/strict';
import { test } from 'node:test';
import { palette, rarest } from '../src/lib/palette.ts';

type Three = [number, number, number];

const linear = (hex: string): Three => {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
};

/** OKLab: a space in which distance is how different two colours look. */
function oklab(hex: string): Three {
  const [r, g, b] = linear(hex);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const [r, g, b] = linear(hex);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const ratio = luminance(one) / luminance(other);
  return Math.max(ratio, 1 / ratio);
}

test('any two colours can be told apart', () => {
  // For scale: two pinks that people took for one are 0.05 apart.
  const close = palette.flatMap((one, at) =>
    palette
      .slice(at + 1)
      .map((other) => ({ one, other, apart: Math.hypot(...difference(one, other)) }))
      .filter(({ apart }) => apart < 0.11),
  );
  assert.deepEqual(close, []);
});

const difference = (one: string, other: string) => {
  const [a, b] = [oklab(one), oklab(other)];
  return a.map((value, at) => value - (b[at] ?? 0));
};

test('each stands out from the light and the dark surface', () => {
  for (const color of palette) {
    for (const surface of ['#ffffff', '#1e1e22']) {
      const ratio = contrast(color, surface);
      assert.ok(ratio > 2.2, `${color} on ${surface}: ${ratio.toFixed(2)}`);
    }
  }
});

test('a new project gets the colour that the fewest have', () => {
  const [first = '', second, third = ''] = palette;
  assert.equal(rarest([]), first);
  assert.equal(rarest([first, third]), second);
  assert.equal(rarest([...palette, ...palette.slice(1), '#000000']), first);
});
