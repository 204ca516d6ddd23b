// What people write in the languages of their spreadsheets: months, yes and no, sums.

const LOCALES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'sv',
  'da',
  'nb',
  'pl',
  'cs',
  'fi',
  'tr',
];

const plain = (word: string) => word.toLowerCase().replace(/\.$/, '').normalize('NFC');

function monthNames(): Map<string, number> {
  const names = new Map<string, number>([['sept', 9]]);
  for (const locale of LOCALES) {
    for (const options of [
      { month: 'long' },
      { month: 'short' },
      { month: 'long', day: 'numeric' },
      { month: 'short', day: 'numeric' },
    ] as const) {
      const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
      for (let month = 1; month <= 12; month++) {
        const parts = format.formatToParts(Date.UTC(2026, month - 1, 15));
        const name = plain(parts.find(({ type }) => type === 'month')?.value ?? '');
        if (/^\p{L}{3,}$/u.test(name) && !names.has(name)) names.set(name, month);
      }
    }
  }
  return names;
}
const MONTHS = monthNames();

/** The number of a month by its name, in full or cut short. */
export const monthOf = (name: string): number | undefined => MONTHS.get(plain(name));

const words = (text: string) => new Set(text.split(' '));
const YES = words(
  'yes y true t 1 x on billable wahr ja j si sí oui o vrai verdadero vero sim s verdadeiro waar tak ano kyllä evet doğru sand abrechenbar facturable verrechenbar да истина はい 是 예 ✓ ✔ ☑',
);
const NO = words(
  'no n false f 0 off non-billable nonbillable non falsch nein non faux falso não nao onwaar nee nej nei nie ne ei hayır yanlış falsk нет ложь いいえ 否 아니요 ✗ ✘ ☐ -',
);

/** Undefined if it is neither. Nothing is no. */
export function yesNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase().normalize('NFC');
  if (YES.has(word)) return true;
  return word === '' || NO.has(word) ? false : undefined;
}

export const isTotal = (text: string) =>
  /^(?:grand |sub)?(?:total(?:e|s|en)?|sum|summe|gesamt(?:summe)?|insgesamt|somme|suma|totaal|celkem|razem|итого|合計|总计)(?:\s*\(.*\)|\s*:)?$/i.test(
    text.slice(0, 60).trim(),
  );
