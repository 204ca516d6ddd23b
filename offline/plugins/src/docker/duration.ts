// Durations as Go writes them, since the engine and the official plugin do.

import { type Property, text } from '../schema.ts';

const UNITS: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** A duration like 1m30s in nanoseconds; undefined if it is none. */
export function nanoseconds(duration: string): number | undefined {
  if (duration === '0') return 0;
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(duration)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    sum += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  return Math.round(sum);
}

export function duration(options: { computed?: boolean; default?: string } = {}): Property {
  return text({
    valid: (value) =>
      nanoseconds(String(value)) === undefined ? 'must be a duration such as 30s or 1m' : undefined,
    ...options,
  });
}

/** In Go's own form: 10s, 1m0s, 1h0m0s, 500ms. */
export function longDuration(value: number | undefined): string {
  let rest = value ?? 0;
  if (rest === 0) return '0s';
  if (rest < 1e3) return `${rest}ns`;
  if (rest < 1e6) return `${rest / 1e3}µs`;
  if (rest < 1e9) return `${rest / 1e6}ms`;
  const hours = Math.floor(rest / 3600e9);
  rest -= hours * 3600e9;
  const minutes = Math.floor(rest / 60e9);
  rest -= minutes * 60e9;
  const seconds = `${rest / 1e9}s`;
  if (hours) return `${hours}h${minutes}m${seconds}`;
  return minutes ? `${minutes}m${seconds}` : seconds;
}

/** The same without its zero parts: 1m, 1h. */
export function shortDuration(value: number | undefined): string {
  return longDuration(value).replace(/m0s$/, 'm').replace(/h0m$/, 'h');
}
