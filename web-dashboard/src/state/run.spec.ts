import { describe, expect, it } from 'vitest';
import type { Job, Moment, TopicEvent } from '../api/model';
import { kEmptyRun, runAfter } from './run';
import type { Run } from './run';

const kJob: Job = {
  id: 'a',
  label: '',
  state: 'running',
  owner: 'ann',
  dataset: 'xor',
  model: 'mlp',
  hiddenUnits: [3],
  settings: [],
  command: '',
  createTime: 0,
  progress: {
    step: 0,
    totalSteps: 10,
    instances: 0,
    totalInstances: 100,
    epoch: 0,
    totalEpochs: 1,
    instancesPerSecond: 0,
    snapshotCount: 0,
    latest: {},
  },
  cancelRequested: false,
  pauseRequested: false,
  parameterCount: 17,
  runSeconds: 0,
  testEvaluations: [],
  testEvaluationCount: 0,
  damaged: [],
};

function moments(from: number, count: number): Moment[] {
  return Array.from({ length: count }, (_, i) => ({
    index: from + i,
    step: from + i,
    instances: 10 * (from + i),
    epoch: 0,
    time: 0,
    metrics: { validationLoss: Math.sin(from + i) },
  }));
}

function snapshots(more: Partial<Extract<TopicEvent, { kind: 'snapshots' }>>) {
  return { type: 'topic', event: { kind: 'snapshots', moments: [], ...more } } as const;
}

const kLoaded: Run = runAfter(kEmptyRun, { type: 'loaded', job: kJob, moments: moments(0, 3) });

describe('a run', () => {
  it('goes on where what was loaded ends', () => {
    const run = runAfter(kLoaded, snapshots({ moments: moments(3, 2) }));
    expect(run.moments.map((each) => each.index)).toEqual([0, 1, 2, 3, 4]);
    expect(run.newestIndex).toBe(4);
  });

  it('keeps its newest index when events come before what was loaded', () => {
    const early = runAfter(kEmptyRun, snapshots({ moments: moments(3, 2) }));
    const run = runAfter(early, { type: 'loaded', job: kJob, moments: moments(0, 4) });
    expect(run.moments.map((each) => each.index)).toEqual([0, 1, 2, 3, 4]);
    expect(run.newestIndex).toBe(4);
  });

  it('takes state and progress from heartbeats', () => {
    const progress = { ...kJob.progress, step: 7 };
    const run = runAfter(kLoaded, snapshots({ state: 'paused', progress, wait: 'paused by ann' }));
    expect(run.job).toMatchObject({
      state: 'paused',
      wait: 'paused by ann',
      progress: { step: 7 },
    });
  });

  it('takes what an action answered until the stream says that it was carried out', () => {
    const asked = runAfter(kLoaded, { type: 'changed', job: { ...kJob, pauseRequested: true } });
    expect(runAfter(asked, snapshots({ state: 'running' })).job?.pauseRequested).toBe(true);
    const paused = runAfter(asked, snapshots({ state: 'paused' })).job;
    expect(paused).toMatchObject({ state: 'paused', pauseRequested: false });
    const ended = runAfter(kLoaded, snapshots({ ended: { ...kJob, state: 'succeeded' } }));
    expect(runAfter(ended, { type: 'changed', job: kJob }).job?.state).toBe('succeeded');
  });

  it('stays in its final state whatever comes late', () => {
    const ended = runAfter(kLoaded, snapshots({ ended: { ...kJob, state: 'succeeded' } }));
    expect(runAfter(ended, snapshots({ state: 'running' })).job?.state).toBe('succeeded');
  });

  it('keeps the shape of its inputs, which is told once', () => {
    const imageShape = { height: 28, width: 28, channels: 1 };
    const run = runAfter(kLoaded, { type: 'loaded', job: { ...kJob, imageShape }, moments: [] });
    expect(
      runAfter(run, snapshots({ ended: { ...kJob, state: 'succeeded' } })).job?.imageShape,
    ).toEqual(imageShape);
  });

  it('tells an end from an error', () => {
    expect(runAfter(kLoaded, { type: 'topic', event: { kind: 'closed' } })).toMatchObject({
      ended: true,
    });
    const refusal = { code: 'NotFound', message: 'job not found', fields: [] };
    const refused = runAfter(kLoaded, { type: 'topic', event: { kind: 'closed', refusal } });
    expect(refused).toMatchObject({ ended: false, refusal });
  });

  it('stays bounded over a long run, and keeps first and newest', () => {
    let run = kEmptyRun;
    for (let from = 0; from < 100_000; from += 1000)
      run = runAfter(run, snapshots({ moments: moments(from, 1000) }));
    expect(run.moments.length).toBeLessThanOrEqual(8000);
    expect(run.moments[0]?.index).toBe(0);
    expect(run.moments.at(-1)?.index).toBe(99_999);
  });
});
