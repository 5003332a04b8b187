// All jobs there are: the newest, which a live list keeps up to date, and older ones, page by page.

import type { Job, TopicEvent } from '../api/model';
import { kEmptyList, listAfter } from './job-list';
import type { JobList } from './job-list';

export interface AllJobs {
  readonly live: JobList;
  /** Those the live list has no room for, as they were when they were last heard of. */
  readonly older: ReadonlyMap<string, Job>;
}

export const kNoJobs: AllJobs = { live: kEmptyList, older: new Map() };

export type AllJobsEvent =
  | { readonly type: 'live'; readonly event: TopicEvent }
  /** Of jobs that may be older than the live list reaches. */
  | { readonly type: 'heard'; readonly jobs: readonly Job[] }
  | { readonly type: 'forget older' };

function withOlder(all: AllJobs, jobs: readonly Job[]): AllJobs {
  if (jobs.length === 0) return all;
  const older = new Map(all.older);
  for (const job of jobs) older.set(job.id, job);
  return { ...all, older };
}

export function allJobsAfter(all: AllJobs, event: AllJobsEvent): AllJobs {
  switch (event.type) {
    case 'heard':
      return withOlder(all, event.jobs);
    case 'forget older':
      return { ...all, older: new Map() };
    case 'live': {
      const live = listAfter(all.live, event.event);
      // What has fallen off the end of the live list is still there; what was deleted makes more jobs
      // than there are, upon which the older ones are asked for anew.
      const fallen =
        live.total > live.jobs.size
          ? [...all.live.jobs.values()].filter(({ id }) => !live.jobs.has(id))
          : [];
      return withOlder({ ...all, live }, fallen);
    }
  }
}

/** Each job once, as it was last heard of. */
export function knownJobs({ live, older }: AllJobs): ReadonlyMap<string, Job> {
  return older.size === 0 ? live.jobs : new Map([...older, ...live.jobs]);
}
