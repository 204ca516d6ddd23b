// What stands aside from a rule about what comes from elsewhere: by name, with a reason, until a day.

export interface Waiver {
  /** A package's name. */
  readonly name: string;
  readonly reason: string;
  /** The last day on which it holds, as 2027-01-31. */
  readonly until: string;
}

/** Whether a waiver of this name holds on a day. */
export function isWaived(name: string, waivers: readonly Waiver[], today: Date): boolean {
  const day = today.toISOString().slice(0, 10);
  return waivers.some((waiver) => waiver.name === name && day <= waiver.until);
}

/** Waivers that nothing needs any more, by name. */
export function unneeded(waivers: readonly Waiver[], needed: Iterable<string>): string[] {
  const names = new Set(needed);
  return waivers.map(({ name }) => name).filter((name) => !names.has(name));
}
