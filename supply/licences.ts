// Whose terms this project takes: each package that is delivered, or run on a server, has a licence of this list.
import type { Package } from './packages';
import { isWaived, type Waiver } from './waivers';

/** SPDX names. Licences that ask no more than to be named, and a copy of themselves beside. */
export const allowed: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'Artistic-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-3.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
];

export const waivers: readonly Waiver[] = [
  {
    name: '@logdna/tail-file',
    reason: "says only where its licence stands; it is MIT's",
    until: '2027-11-30',
  },
  {
    name: 'qrcode-terminal',
    reason: "says none in the form npm knows; it is Apache-2.0's",
    until: '2027-11-30',
  },
];

/** Whether an SPDX expression can be kept with these licences alone. */
export function isAllowed(expression: string, names: readonly string[]): boolean {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const isEither = (): boolean => {
    let holds = isBoth();
    while (words[at] === 'OR') {
      at++;
      // Read on, whatever the first says.
      holds = isBoth() || holds;
    }
    return holds;
  };
  const isBoth = (): boolean => {
    let holds = isOne();
    while (words[at] === 'AND') {
      at++;
      holds = isOne() && holds;
    }
    return holds;
  };
  const isOne = (): boolean => {
    const word = words[at++];
    if (word !== '(') return word !== undefined && names.includes(word);
    const holds = isEither();
    return words[at++] === ')' && holds;
  };
  const holds = isEither();
  return holds && at === words.length;
}

/** A line for each package whose terms aren't taken. */
export function licenceFaults(
  packages: readonly Package[],
  names: readonly string[],
  waived: readonly Waiver[],
  today: Date,
): string[] {
  return outside(packages, names)
    .filter(({ name }) => !isWaived(name, waived, today))
    .map(({ name, version, license }) => `${name} ${version}: ${license ?? 'no licence'}`);
}

/** The packages that need a waiver. */
export function outside(packages: readonly Package[], names: readonly string[]): Package[] {
  return packages.filter(
    ({ isDev, license }) => !isDev && (license === undefined || !isAllowed(license, names)),
  );
}
