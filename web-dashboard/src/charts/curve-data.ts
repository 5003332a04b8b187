// From moments to what a chart of curves takes: one row of x, and one of y for each curve.

import type { Moment } from '../api/model';
import { axisValue } from '../state/series';
import type { MetricName, SeriesAxis } from '../state/series';

export type Columns = [number[], ...(number | null)[][]];

export interface AxisContext {
  readonly instancesPerEpoch: number;
  readonly startTime: number;
}

/** One run's measures over an axis; x rises, of moments at the same place the last is right. */
export function runColumns(
  moments: readonly Moment[],
  names: readonly MetricName[],
  axis: SeriesAxis,
  context: AxisContext,
): Columns {
  const xs: number[] = [];
  const columns = names.map((): (number | null)[] => []);
  for (const moment of moments) {
    const x = axisValue(moment, axis, context);
    const last = xs.at(-1);
    const isRepeated = last !== undefined && x <= last;
    if (!isRepeated) xs.push(x);
    names.forEach((name, i) => {
      const value = moment.metrics[name];
      const drawn = value === undefined || !Number.isFinite(value) ? null : value;
      const column = columns[i] as (number | null)[];
      if (isRepeated) column[column.length - 1] = drawn ?? column.at(-1) ?? null;
      else column.push(drawn);
    });
  }
  return [xs, ...columns];
}

/** Several runs over one row of x; a run has no value where only others have one. */
export function joinedColumns(runs: readonly Columns[]): Columns {
  const xs = [...new Set(runs.flatMap(([x]) => x))].sort((a, b) => a - b);
  const place = new Map(xs.map((x, i) => [x, i]));
  const columns = runs.flatMap(([x, ...ys]) =>
    ys.map((values) => {
      const column = new Array<number | null>(xs.length).fill(null);
      x.forEach((each, i) => {
        const at = place.get(each);
        if (at !== undefined) column[at] = values[i] ?? null;
      });
      return column;
    }),
  );
  return [xs, ...columns];
}

/** The row nearest to an x. */
export function nearestRow(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - (xs[low - 1] as number) < (xs[low] as number) - x ? low - 1 : low;
}

export type CurveKind = 'accuracy' | 'loss' | 'probability';

/** The range of y: probability from 0 to 1; accuracy up to 1, loss from 0, and both close about what there is. */
export function yRange(kind: CurveKind, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (kind === 'probability') return [-0.005, 1.005];
  if (kind === 'accuracy') return [Math.max(0, Math.floor((low - 0.02) * 20) / 20), 1.005];
  return [0, high > 0 ? high * 1.05 : 1];
}
