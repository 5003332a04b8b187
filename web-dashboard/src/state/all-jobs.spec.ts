import { describe, expect, it } from 'vitest';
import type { Job } from '../api/model';
import { allJobsAfter, kNoJobs, knownJobs } from './all-jobs';
import type { AllJobs, AllJobsEvent } from './all-jobs';

function job(id: string, state: Job['state'] = 'queued'): Job {
  return { id, state } as Job;
}
function live(complete: boolean, jobs: Job[], total: number, removed: string[] = []): AllJobsEvent {
  return { type: 'live', event: { kind: 'jobs', complete, jobs, removed, total } };
}
function after(...events: AllJobsEvent[]): AllJobs {
  return events.reduce(allJobsAfter, kNoJobs);
}
function states(all: AllJobs): Record<string, string> {
  return Object.fromEntries([...knownJobs(all)].map(([id, { state }]) => [id, state]));
}

describe('all jobs', () => {
  it('are the live ones and the older ones, the live ones being right', () =>
    expect(
      states(
        after(live(true, [job('c', 'running')], 3), {
          type: 'heard',
          jobs: [job('a'), job('b'), job('c')],
        }),
      ),
    ).toEqual({ a: 'queued', b: 'queued', c: 'running' }));

  it('keep what falls off the end of the live list', () =>
    expect(
      states(after(live(true, [job('a'), job('b')], 2), live(false, [job('c')], 3, ['a']))),
    ).toEqual({ a: 'queued', b: 'queued', c: 'queued' }));

  it('lose what is deleted while the live list holds all', () =>
    expect(states(after(live(true, [job('a'), job('b')], 2), live(false, [], 1, ['a'])))).toEqual({
      b: 'queued',
    }));

  it('take what is heard of older ones later', () => {
    const all = after(
      live(true, [job('b')], 2),
      { type: 'heard', jobs: [job('a')] },
      { type: 'heard', jobs: [job('a', 'running')] },
    );
    expect(states(all)).toEqual({ a: 'running', b: 'queued' });
    expect(states(allJobsAfter(all, { type: 'forget older' }))).toEqual({ b: 'queued' });
  });
});
