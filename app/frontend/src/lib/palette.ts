// The colours of projects: any two can stand side by side in a chart and be told apart.

const names = {
  '#4263eb': 'Blue',
  '#f08c00': 'Orange',
  '#2b8a3e': 'Green',
  '#f06595': 'Pink',
  '#1fb6cf': 'Turquoise',
  '#862e9c': 'Purple',
  '#d6301f': 'Red',
  '#7fb81f': 'Lime',
  '#b197fc': 'Lavender',
  '#0b7285': 'Teal',
  '#8d5a34': 'Brown',
  '#868e96': 'Grey',
} as const;

/** In the order in which projects get them. */
export const palette = Object.keys(names) as (keyof typeof names)[];

/** What a person would call the colour; one that is not of these has its code for a name. */
export const colorName = (color: string): string =>
  (names as Record<string, string>)[color] ?? color;

/** The colour that the fewest of these have. */
export function rarest(taken: readonly string[]): string {
  const uses = (color: string) => taken.filter((other) => other === color).length;
  return palette.reduce((best, color) => (uses(color) < uses(best) ? color : best));
}
