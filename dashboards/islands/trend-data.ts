// A trend as the server sends it: columns, not rows. Times are seconds since 1970; null is "nothing known".

export type Column = (number | null)[];

export interface Trace {
  point: number;
  name: string;
  unit: string;
  digits: number;
  words: Record<number, string>; // what a switch's numbers mean; empty for a measurement
  hold: number; // seconds that a reading holds; after them nothing is known
  min: Column;
  mean: Column;
  max: Column;
  uncertain: number[]; // indices of buckets that hold uncertain readings
  bad: number[]; // indices of buckets that hold bad ones
}

export interface Limit {
  label: string;
  unit: string;
  value: number;
}

export interface Episode {
  from: number;
  to: number | null; // null: still out
  label: string;
}

export interface Trend {
  from: number;
  to: number;
  live: boolean; // the window ends now: new readings are appended
  grows: boolean; // its beginning stays where it is
  times: number[];
  traces: Trace[];
  limits: Limit[];
  episodes: Episode[];
}

export const isSwitch = (trace: Trace): boolean => Object.keys(trace.words).length > 0;

/** Spans in which nothing is known: longer than a reading holds, or since readings came that are bad. */
export function gaps(trend: Trend): [number, number][] {
  const hold = Math.max(0, ...trend.traces.map((trace) => trace.hold));
  const bad = new Set(trend.traces.flatMap((trace) => trace.bad));
  const spans: [number, number][] = [];
  let known = trend.from;
  let lost: number | undefined;
  const look = (time: number): void => {
    if (time - known > hold) spans.push([known, time]);
    else if (lost !== undefined) spans.push([lost, time]);
    known = time;
    lost = undefined;
  };
  for (const [index, time] of trend.times.entries()) {
    if (trend.traces.some((trace) => trace.mean[index] != null)) look(time);
    else if (bad.has(index)) lost ??= time;
  }
  look(trend.to);
  return spans;
}

/** A column for drawing: empty buckets between readings that still hold are passed over. Longer ones break the line, and
 * so does a bucket with bad readings alone: what a broken probe did not say is not made up. */
export function drawn(times: number[], column: Column, hold: number, bad: number[]): (number | null | undefined)[] {
  const line: (number | null | undefined)[] = [...column];
  const broken = new Set(bad);
  let last = -1;
  for (const [index, value] of column.entries()) {
    if (value === null) {
      if (broken.has(index)) last = -1;
      continue;
    }
    const holds = last >= 0 && (times[index] ?? 0) - (times[last] ?? 0) <= hold;
    if (holds) line.fill(undefined, last + 1, index);
    last = index;
  }
  return line;
}

/** Puts a live reading behind the columns; readings older than the window leave in front. */
export function append(trend: Trend, point: number, time: number, value: number | null, certain: boolean): boolean {
  const trace = trend.traces.find((candidate) => candidate.point === point);
  const last = trend.times.at(-1);
  if (!trace || (last !== undefined && time < last)) return false;
  if (time !== last) {
    trend.times.push(time);
    for (const { min, mean, max } of trend.traces) for (const column of [min, mean, max]) column.push(null);
  }
  const index = trend.times.length - 1;
  trace.min[index] = trace.mean[index] = trace.max[index] = value;
  if (value === null) trace.bad.push(index);
  else if (!certain) trace.uncertain.push(index);
  return true;
}

/** Moves the window on to a moment: what is older than its width is forgotten. */
export function slide(trend: Trend, to: number): void {
  const width = trend.to - trend.from;
  trend.to = Math.max(trend.to, to);
  if (trend.grows) return;
  trend.from = trend.to - width;
  const gone = trend.times.findIndex((time) => time >= trend.from);
  if (gone <= 0) return;
  trend.times.splice(0, gone);
  for (const trace of trend.traces) {
    for (const column of [trace.min, trace.mean, trace.max]) column.splice(0, gone);
    trace.uncertain = trace.uncertain.map((index) => index - gone).filter((index) => index >= 0);
    trace.bad = trace.bad.map((index) => index - gone).filter((index) => index >= 0);
  }
}
