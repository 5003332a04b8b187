// A run's moments in order, few enough to draw: merging, thinning, finding.

import type { Metrics, Moment } from '../api/model';

export type MetricName = keyof Metrics;
export const kMetricNames: readonly MetricName[] = [
  'validationAccuracy',
  'validationLoss',
  'trainingAccuracy',
  'trainingLoss',
];

/** Both in order of index and without repetition; where both have an index, `b` is right. */
export function merged(a: readonly Moment[], b: readonly Moment[]): readonly Moment[] {
  const lastOfA = a.at(-1);
  const firstOfB = b[0];
  if (firstOfB === undefined) return a;
  if (lastOfA === undefined || lastOfA.index < firstOfB.index) return [...a, ...b];
  const all: Moment[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (right === undefined || (left !== undefined && left.index < right.index)) {
      all.push(left as Moment);
      i += 1;
    } else {
      if (left !== undefined && left.index === right.index) i += 1;
      all.push(right);
      j += 1;
    }
  }
  return all;
}

/**
 * At most about `budget` of them: the first, the last, and of each stretch of equal length the lowest
 * and the highest of each measure, so that no extreme is lost. All of them where there are no more.
 */
export function thinned(moments: readonly Moment[], budget: number): readonly Moment[] {
  if (moments.length <= budget) return moments;
  const stretches = Math.max(1, Math.floor((budget - 2) / (2 * kMetricNames.length)));
  const kept = new Set<number>([0, moments.length - 1]);
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const begin = Math.floor((stretch * moments.length) / stretches);
    const end = Math.floor(((stretch + 1) * moments.length) / stretches);
    for (const name of kMetricNames) {
      let low = -1;
      let high = -1;
      let least = Infinity;
      let most = -Infinity;
      for (let i = begin; i < end; i += 1) {
        const value = moments[i]?.metrics[name];
        if (value === undefined || Number.isNaN(value)) continue;
        if (value < least) [least, low] = [value, i];
        if (value > most) [most, high] = [value, i];
      }
      if (low >= 0) kept.add(low);
      if (high >= 0) kept.add(high);
    }
  }
  return [...kept].sort((x, y) => x - y).flatMap((i) => moments[i] ?? []);
}

/** The moment with this index, or where it was thinned out the nearest before it. */
export function momentAt(moments: readonly Moment[], index: number): Moment | undefined {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle]?.index ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return moments[low - 1];
}

export type SeriesAxis = 'step' | 'instances' | 'epoch' | 'time';
export const kSeriesAxes: readonly SeriesAxis[] = ['step', 'instances', 'epoch', 'time'];

/** Where a moment stands on an axis. Epochs are fractions by instances; times are seconds since the first. */
export function axisValue(
  moment: Moment,
  axis: SeriesAxis,
  context: { readonly instancesPerEpoch: number; readonly startTime: number },
): number {
  switch (axis) {
    case 'step':
      return moment.step;
    case 'instances':
      return moment.instances;
    case 'epoch':
      return context.instancesPerEpoch > 0
        ? moment.instances / context.instancesPerEpoch
        : moment.epoch;
    case 'time':
      return (moment.time - context.startTime) / 1000;
  }
}
