import { describe, expect, it } from 'vitest';
import type { Moment } from '../api/model';
import { joinedColumns, nearestRow, runColumns, yRange } from './curve-data';

const kContext = { instancesPerEpoch: 100, startTime: 0 };
function moment(index: number, step: number, validationLoss?: number): Moment {
  return { index, step, instances: step * 10, epoch: 0, time: 0, metrics: { validationLoss } };
}

describe('runColumns', () => {
  it('leaves out what is no number', () => {
    const columns = runColumns(
      [moment(0, 0), moment(1, 1, 2), moment(2, 3, NaN)],
      ['validationLoss'],
      'step',
      kContext,
    );
    expect(columns).toEqual([
      [0, 1, 3],
      [null, 2, null],
    ]);
  });
  it('has one point where two moments are at the same place', () => {
    const columns = runColumns(
      [moment(0, 0, 3), moment(1, 5, 2), moment(2, 5, 1)],
      ['validationLoss'],
      'step',
      kContext,
    );
    expect(columns).toEqual([
      [0, 5],
      [3, 1],
    ]);
  });
  it('has empty curves before the first moment', () =>
    expect(runColumns([], ['validationLoss', 'trainingLoss'], 'step', kContext)).toEqual([
      [],
      [],
      [],
    ]));
});

describe('joinedColumns', () => {
  it('sets each run where it has values', () => {
    expect(
      joinedColumns([
        [
          [0, 2],
          [1, 2],
        ],
        [
          [1, 2],
          [5, 6],
        ],
      ]),
    ).toEqual([
      [0, 1, 2],
      [1, null, 2],
      [null, 5, 6],
    ]);
  });
});

describe('nearestRow', () => {
  it('is the nearer of two neighbours', () => {
    expect(nearestRow([0, 10, 20], 4)).toBe(0);
    expect(nearestRow([0, 10, 20], 6)).toBe(1);
    expect(nearestRow([0, 10, 20], 99)).toBe(2);
  });
});

describe('yRange', () => {
  it('shows accuracy up to 1 and loss from 0', () => {
    expect(yRange('accuracy', 0.62, 0.99)).toEqual([0.6, 1.005]);
    expect(yRange('accuracy', 0.01, 0.3)).toEqual([0, 1.005]);
    expect(yRange('loss', 0.1, 2)).toEqual([0, 2.1]);
    expect(yRange('loss', null, null)).toEqual([0, 1]);
    expect(yRange('probability', 0.4, 0.6)).toEqual([-0.005, 1.005]);
  });
});
