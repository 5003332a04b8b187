// What is known of one run, and how events change it.

import { isFinal } from '../api/model';
import type { Job, Moment, Refusal, TopicEvent } from '../api/model';
import { merged, thinned } from './series';

/** Enough for two points in each pixel column of a large screen; more are thinned to half as many. */
const kMostMoments = 8000;

export interface Run {
  readonly job?: Job;
  readonly moments: readonly Moment[];
  /** Index of the newest snapshot; -1 before the first. */
  readonly newestIndex: number;
  readonly refusal?: Refusal;
  /** The run has come to its end, and all of it is here. */
  readonly ended: boolean;
}

export const kEmptyRun: Run = { moments: [], newestIndex: -1, ended: false };

export type RunEvent =
  | { readonly type: 'loaded'; readonly job: Job; readonly moments: readonly Moment[] }
  | { readonly type: 'changed'; readonly job: Job }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'topic'; readonly event: TopicEvent };

export function runAfter(run: Run, event: RunEvent): Run {
  switch (event.type) {
    case 'loaded':
      return withMoments(
        { ...run, job: shaped(run, event.job), refusal: undefined },
        event.moments,
      );
    case 'changed':
      // What an action answered; an end that came meanwhile is newer, but for who may see the run.
      return run.job !== undefined && isFinal(run.job.state)
        ? { ...run, job: { ...run.job, visibility: event.job.visibility } }
        : { ...run, job: shaped(run, event.job) };
    case 'refused':
      return { ...run, refusal: event.refusal };
    case 'topic':
      return afterTopic(run, event.event);
  }
}

/** What the job's inputs look like is asked once, and not in every message about it. */
function shaped(run: Run, job: Job): Job {
  return job.imageShape !== undefined ? job : { ...job, imageShape: run.job?.imageShape };
}

function withMoments(run: Run, moments: readonly Moment[]): Run {
  const last = moments.at(-1);
  if (last === undefined) return run;
  const all = merged(run.moments, moments);
  return {
    ...run,
    moments: all.length > kMostMoments ? thinned(all, kMostMoments / 2) : all,
    newestIndex: Math.max(run.newestIndex, last.index),
  };
}

function afterTopic(run: Run, event: TopicEvent): Run {
  if (event.kind === 'jobs') return run;
  if (event.kind === 'closed') {
    return event.refusal === undefined
      ? { ...run, ended: true }
      : { ...run, refusal: event.refusal };
  }
  let job = run.job;
  if (event.ended !== undefined) {
    job = shaped(run, event.ended);
  } else if (job !== undefined && event.state !== undefined && !isFinal(job.state)) {
    // A request is carried out when the state changes.
    const isSame = event.state === job.state;
    job = {
      ...job,
      state: event.state,
      wait: event.wait,
      progress: event.progress ?? job.progress,
      pauseRequested: isSame && job.pauseRequested,
      cancelRequested: isSame && job.cancelRequested,
    };
  }
  return withMoments(job === run.job ? run : { ...run, job }, event.moments);
}
