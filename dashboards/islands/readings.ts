// What the live stream says, and the events by which the parts of a page hear of it.

/** One reading: point, device time in ms since 1970, value (null: bad quality), OPC quality byte. */
export type Reading = [point: number, timeMs: number, value: number | null, quality: number];

export const VALUES = "plant:values";
export const CHANGED = "plant:changed";

export const isGood = (quality: number): boolean => (quality & 0xc0) === 0xc0;
export const isBad = (quality: number): boolean => (quality & 0xc0) === 0;

/** With so many decimals; what rounds to nothing has no sign. */
export const fixed = (value: number, digits: number): string => (Number(value.toFixed(digits)) + 0).toFixed(digits);

export function tell(readings: Reading[]): void {
  document.dispatchEvent(new CustomEvent<Reading[]>(VALUES, { detail: readings }));
}

export function hear(listener: (readings: Reading[]) => void, signal: AbortSignal): void {
  document.addEventListener(VALUES, (event) => listener((event as CustomEvent<Reading[]>).detail), { signal });
}

/** Wall-clock time in the plant's zone, as the page's server writes it. */
export function plantTime(ms: number, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium" }).format(ms);
}

export function plantZone(): string {
  return document.documentElement.dataset["plantZone"] ?? "UTC";
}

let ahead = 0; // how far the plant's clock is ahead of this machine's

export function setPlantClock(stamp: string): void {
  ahead = Date.parse(stamp) - Date.now();
}

/** The plant's present moment: a tablet whose clock is wrong must not show fresh values as old. */
export const plantNow = (): number => Date.now() + ahead;
