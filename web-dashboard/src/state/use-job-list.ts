import { useEffect, useReducer } from 'react';
import type { TopicEvent } from '../api/model';
import { subscription } from '../api/subscription/subscriber';
import { kEmptyList, listAfter } from './job-list';
import type { JobList } from './job-list';

/** The newest of the jobs, live. */
export function useJobList(maxJobs: number): JobList {
  const [list, dispatch] = useReducer(
    (before: JobList, events: readonly TopicEvent[]) => events.reduce(listAfter, before),
    kEmptyList,
  );
  useEffect(() => {
    let waiting: TopicEvent[] = [];
    let frame = 0;
    const unfollow = subscription().follow({ kind: 'jobs', filter: '', maxJobs }, (event) => {
      waiting.push(event);
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        dispatch(waiting);
        waiting = [];
      });
    });
    return () => {
      unfollow();
      cancelAnimationFrame(frame);
    };
  }, [maxJobs]);
  return list;
}
