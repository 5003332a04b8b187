import { describe, expect, it } from 'vitest';
import type { Metrics, Moment } from '../api/model';
import { axisValue, merged, momentAt, thinned } from './series';

function moment(index: number, metrics: Metrics = {}): Moment {
  return {
    index,
    step: index * 2,
    instances: index * 10,
    epoch: 0,
    time: 1000 + index * 500,
    metrics,
  };
}
const indices = (moments: readonly Moment[]) => moments.map(({ index }) => index);

describe('merged', () => {
  it('appends what comes after', () =>
    expect(indices(merged([moment(0)], [moment(1)]))).toEqual([0, 1]));
  it('repeats nothing where they overlap, and believes the second', () => {
    const both = merged(
      [moment(0), moment(1), moment(3)],
      [moment(1, { trainingLoss: 1 }), moment(2), moment(4)],
    );
    expect(indices(both)).toEqual([0, 1, 2, 3, 4]);
    expect(both[1]?.metrics.trainingLoss).toBe(1);
  });
  it('takes an empty one', () => {
    expect(indices(merged([], [moment(5)]))).toEqual([5]);
    expect(indices(merged([moment(5)], []))).toEqual([5]);
  });
});

describe('thinned', () => {
  const many = Array.from({ length: 5000 }, (_, index) =>
    moment(index, {
      validationLoss: index === 1234 ? -9 : index === 3456 ? 99 : 1,
      validationAccuracy: index / 5000,
    }),
  );
  it('keeps first, last and extremes within its budget', () => {
    const few = indices(thinned(many, 200));
    expect(few.length).toBeLessThanOrEqual(200);
    expect(few).toEqual([...few].sort((a, b) => a - b));
    for (const index of [0, 1234, 3456, 4999]) expect(few).toContain(index);
  });
  it('leaves few alone', () => expect(thinned(many.slice(0, 7), 10)).toHaveLength(7));
  it('takes no NaN for an extreme', () => {
    const wrong = many.map((each) => ({ ...each, metrics: { trainingLoss: NaN } }));
    expect(indices(thinned(wrong, 100))).toEqual([0, 4999]);
  });
});

describe('momentAt', () => {
  const moments = [moment(0), moment(4), moment(9)];
  it('finds the index, or the nearest before', () => {
    expect(momentAt(moments, 4)?.index).toBe(4);
    expect(momentAt(moments, 8)?.index).toBe(4);
    expect(momentAt(moments, 99)?.index).toBe(9);
  });
  it('finds nothing before the first', () => expect(momentAt([moment(3)], 2)).toBeUndefined());
});

describe('axisValue', () => {
  const context = { instancesPerEpoch: 400, startTime: 1000 };
  it('is what the axis says', () => {
    expect(axisValue(moment(6), 'step', context)).toBe(12);
    expect(axisValue(moment(6), 'instances', context)).toBe(60);
    expect(axisValue(moment(6), 'epoch', context)).toBeCloseTo(0.15);
    expect(axisValue(moment(6), 'time', context)).toBe(3);
  });
});
