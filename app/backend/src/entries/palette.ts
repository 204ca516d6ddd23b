/** Colours for projects that come without one: those of the page, in its order. */
const PALETTE = [
  '#4263eb',
  '#f08c00',
  '#2b8a3e',
  '#f06595',
  '#1fb6cf',
  '#862e9c',
  '#d6301f',
  '#7fb81f',
  '#b197fc',
  '#0b7285',
  '#8d5a34',
  '#868e96',
];

/**
 * SQL for the colours of so many new projects, numbered: always one that the fewest have, so that
 * none comes again before all are used.
 */
export const newColorsSql = (count: string) => `(
  SELECT row_number() OVER (ORDER BY uses + turn, place) AS number, color
  FROM (
    SELECT color, place, count(p.id) AS uses
    FROM unnest('{${PALETTE.join()}}'::text[]) WITH ORDINALITY AS palette(color, place)
    LEFT JOIN projects p USING (color) GROUP BY color, place
  ) used, generate_series(0, ${count}) turn
)`;
