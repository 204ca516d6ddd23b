// Durations as text. All inputs are whole or fractional seconds.

const pad = (n: number) => String(n).padStart(2, '0');

/** 3725 → "1:02:05": a running clock. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  return `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
}

/** 3725 → "1:02": hours and minutes, for lists and totals; rounded down to the minute. */
export function hours(seconds: number): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}`;
}

/** 3725 → "1 hour 2 minutes": what a screen reader should say. */
export function spoken(seconds: number): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const part = (n: number, unit: string) => `${n} ${unit}${n === 1 ? '' : 's'}`;
  const parts = [
    minutes >= 60 ? part(Math.floor(minutes / 60), 'hour') : '',
    minutes % 60 > 0 || minutes < 60 ? part(minutes % 60, 'minute') : '',
  ];
  return parts.filter(Boolean).join(' ');
}

/** A wait in seconds, as a person would say it, rounded up: 61 → "2 minutes". */
export function wait(seconds: number): string {
  if (seconds < 60) {
    const s = Math.max(1, Math.ceil(seconds));
    return `${s} second${s === 1 ? '' : 's'}`;
  }
  const minutes = Math.ceil(seconds / 60);
  return `${minutes} minute${minutes === 1 ? '' : 's'}`;
}
