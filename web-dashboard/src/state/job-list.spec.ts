import { describe, expect, it } from 'vitest';
import type { Job } from '../api/model';
import { jobTitle, kEmptyList, listAfter, shareDone, shownJobs, visibleRows } from './job-list';

function job(id: string, more: Partial<Job> = {}): Job {
  return {
    id,
    label: '',
    state: 'queued',
    owner: 'ann',
    visibility: 'class',
    dataset: 'xor',
    model: 'mlp',
    hiddenUnits: [],
    settings: [],
    command: '',
    createTime: 0,
    cancelRequested: false,
    pauseRequested: false,
    progress: {
      step: 0,
      totalSteps: 0,
      instances: 0,
      totalInstances: 0,
      epoch: 0,
      totalEpochs: 0,
      instancesPerSecond: 0,
      snapshotCount: 0,
      latest: {},
    },
    parameterCount: 0,
    runSeconds: 0,
    testEvaluations: [],
    testEvaluationCount: 0,
    damaged: [],
    ...more,
  };
}
const ids = (jobs: readonly Job[]) => jobs.map(({ id }) => id);
const update = (more: object) =>
  ({ kind: 'jobs', complete: false, jobs: [], removed: [], total: 0, ...more }) as const;

describe('listAfter', () => {
  const list = listAfter(
    kEmptyList,
    update({ complete: true, jobs: [job('a'), job('b')], total: 2 }),
  );
  it('changes, adds and removes', () => {
    const next = listAfter(
      list,
      update({ jobs: [job('b', { state: 'running' }), job('c')], removed: ['a'], total: 2 }),
    );
    expect([...next.jobs.keys()]).toEqual(['b', 'c']);
    expect(next.jobs.get('b')?.state).toBe('running');
  });
  it('forgets what a complete list does not hold', () => {
    expect([
      ...listAfter(list, update({ complete: true, jobs: [job('z')], total: 1 })).jobs.keys(),
    ]).toEqual(['z']);
  });
  it('knows an empty list from none', () => {
    expect(kEmptyList.isLoaded).toBe(false);
    expect(listAfter(kEmptyList, update({ complete: true })).isLoaded).toBe(true);
  });
});

describe('shownJobs', () => {
  const jobs = [
    job('a', {
      createTime: 1,
      label: 'wide net',
      progress: { ...job('').progress, latest: { validationAccuracy: 0.5 } },
    }),
    job('b', {
      createTime: 2,
      owner: 'bob',
      progress: { ...job('').progress, latest: { validationAccuracy: 0.9 } },
    }),
    job('c', { createTime: 3, state: 'running' }),
  ];
  it('finds all words wherever they stand', () => {
    expect(ids(shownJobs(jobs, 'NET xor', { column: 'age', descending: false }))).toEqual(['a']);
    expect(ids(shownJobs(jobs, 'net bob', { column: 'age', descending: false }))).toEqual([]);
  });
  it('sorts either way', () => {
    expect(ids(shownJobs(jobs, '', { column: 'accuracy', descending: true }))).toEqual([
      'b',
      'a',
      'c',
    ]);
    expect(ids(shownJobs(jobs, '', { column: 'state', descending: false }))).toEqual([
      'c',
      'b',
      'a',
    ]);
    expect(ids(shownJobs(jobs, '', { column: 'age', descending: false }))).toEqual(['c', 'b', 'a']);
  });
});

describe('shareDone', () => {
  it('is whole at the end, also where early stopping ended it', () => {
    const progress = { ...job('').progress, instances: 30, totalInstances: 100 };
    expect(shareDone(job('a', { progress, state: 'running' }))).toBeCloseTo(0.3);
    expect(shareDone(job('a', { progress, state: 'succeeded' }))).toBe(1);
    expect(shareDone(job('a'))).toBe(0);
  });
});

describe('jobTitle', () => {
  it('is the label or what it trains', () => {
    expect(jobTitle(job('a', { label: 'mine' }))).toBe('mine');
    expect(jobTitle(job('a'))).toBe('mlp on xor');
  });
});

describe('visibleRows', () => {
  it('covers what is seen and a little more', () => {
    expect(visibleRows(0, 400, 40, 10_000)).toEqual({ first: 0, end: 18 });
    expect(visibleRows(4000, 400, 40, 10_000)).toEqual({ first: 92, end: 118 });
  });
  it('stays within the table', () => {
    expect(visibleRows(999_999, 400, 40, 12)).toEqual({ first: 12, end: 12 });
    expect(visibleRows(0, 400, 40, 0)).toEqual({ first: 0, end: 0 });
  });
});
