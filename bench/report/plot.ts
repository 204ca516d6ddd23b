// A plot of how something grows, as SVG: both axes logarithmic, readable on light and on dark.

export interface Line {
  readonly name: string;
  /** x and y, both above 0; in the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  /** What the axes count, with its unit. */
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const size = { width: 640, height: 360 };
const area = { left: 64, right: 500, top: 36, bottom: 310 };
/** Told apart by someone who sees no colours too: each has its own dashes. */
const strokes = ['none', '7 4', '2 4', '10 3 2 3', '14 4'];
/** On white and on nearly black, each at least 3:1. */
const colours = ['#2f7ed8', '#d9622b', '#3a9a4b', '#a05ac8', '#8a8a2f'];

/** @returns a whole SVG file; it loads nothing from elsewhere */
export function svgOf({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  const across = scale(
    points.map(([at]) => at),
    area.left,
    area.right,
  );
  const up = scale(
    points.map(([, at]) => at),
    area.bottom,
    area.top,
  );
  const grid = [
    ...across.ticks.map((tick) => {
      const at = across.place(tick).toFixed(1);
      return `<path class="grid" d="M${at} ${area.top}V${area.bottom}"/><text x="${at}" y="${area.bottom + 18}" text-anchor="middle">${short(tick)}</text>`;
    }),
    ...up.ticks.map((tick) => {
      const at = up.place(tick).toFixed(1);
      return `<path class="grid" d="M${area.left} ${at}H${area.right}"/><text x="${area.left - 8}" y="${Number(at) + 4}" text-anchor="end">${short(tick)}</text>`;
    }),
  ];
  const names = apart(
    lines.map(({ points }) => up.place(points.at(-1)?.[1] ?? 1)),
    15,
  );
  const drawn = lines.map(({ name, points }, index) => {
    const colour = colours[index % colours.length];
    const path = points.map(([px, py]) => [across.place(px).toFixed(1), up.place(py).toFixed(1)]);
    const dots = path.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
    return (
      `<path fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${strokes[index % strokes.length]}" d="M${path.map((point) => point.join(' ')).join('L')}"/>` +
      dots.join('') +
      `<text x="${area.right + 8}" y="${((names[index] ?? 0) + 4).toFixed(1)}" style="fill:${colour}">${escaped(name)}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#57606a}.title{font-weight:600;fill:#1f2328}.grid{stroke:#8885;fill:none}@media(prefers-color-scheme:dark){text{fill:#9da7b3}.title{fill:#e6edf3}}</style>',
    `<text class="title" x="${area.left}" y="20">${escaped(title)}</text>`,
    ...grid,
    ...drawn,
    `<text x="${(area.left + area.right) / 2}" y="${size.height - 12}" text-anchor="middle">${escaped(x)}</text>`,
    `<text transform="rotate(-90)" x="${-(area.top + area.bottom) / 2}" y="14" text-anchor="middle">${escaped(y)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

interface Scale {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** From the tick below the least value to the one above the greatest: 1, 2 and 5 times each power of ten, or those alone. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const decades = Math.log10(most / least);
  const steps = decades > 3 ? [1] : [1, 2, 5];
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++)
    all.push(...steps.map((step) => Number((step * 10 ** power).toPrecision(1))));
  const first = all.findLast((tick) => tick <= least) ?? least;
  const last = all.find((tick) => tick >= most && tick > first) ?? most;
  const range = Math.log(last / first);
  return {
    ticks: all.filter((tick) => tick >= first && tick <= last),
    place: (value) => from + ((to - from) * Math.log(value / first)) / range,
  };
}

/** The same places, moved down where one would cover another. */
function apart(places: readonly number[], least: number): number[] {
  const moved: number[] = [];
  const order = places.map((place, index) => ({ place, index }));
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { place, index } of order.sort((a, b) => a.place - b.place)) {
    lowest = Math.max(place, lowest + least);
    moved[index] = lowest;
  }
  return moved;
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return String(value);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
