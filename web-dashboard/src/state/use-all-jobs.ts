import { useEffect, useReducer, useState } from 'react';
import { refusalOf } from '../api/convert';
import { getJob, listJobs } from '../api/jobs';
import type { Refusal, TopicEvent } from '../api/model';
import { subscription } from '../api/subscription/subscriber';
import { allJobsAfter, kNoJobs, knownJobs } from './all-jobs';
import type { AllJobs, AllJobsEvent } from './all-jobs';

/** As many as a topic takes. */
const kMostLive = 1000;

interface Jobs {
  readonly all: AllJobs;
  readonly refusal: Refusal | null;
  /** After older jobs could not be read. */
  readonly retry: () => void;
}

function afterAll(before: AllJobs, events: readonly AllJobsEvent[]): AllJobs {
  return events.reduce(allJobsAfter, before);
}

/** Hands over what comes of a list of jobs, at most once a frame. */
function follow(filter: string, onEvents: (events: readonly TopicEvent[]) => void): () => void {
  let waiting: TopicEvent[] = [];
  let frame = 0;
  const subject = { kind: 'jobs', filter, maxJobs: kMostLive } as const;
  const unfollow = subscription().follow(subject, (event) => {
    waiting.push(event);
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      onEvents(waiting);
      waiting = [];
    });
  });
  return () => {
    unfollow();
    cancelAnimationFrame(frame);
  };
}

/** All jobs: the newest live, the others read page by page and live while they run. */
export function useAllJobs(): Jobs {
  const [all, dispatch] = useReducer(afterAll, kNoJobs);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [round, setRound] = useState(0);
  const { live, older } = all;
  const hasOlder = live.isLoaded && live.total > live.jobs.size;
  const knowsTooMany = live.isLoaded && older.size > 0 && knownJobs(all).size > live.total;

  useEffect(
    () =>
      follow('', (events) => dispatch(events.map((event) => ({ type: 'live', event }) as const))),
    [],
  );

  useEffect(() => {
    if (!knowsTooMany) return;
    dispatch([{ type: 'forget older' }]);
    setRound((last) => last + 1);
  }, [knowsTooMany]);

  useEffect(() => {
    if (!hasOlder) return undefined;
    const controller = new AbortController();
    const read = async () => {
      let page = '';
      do {
        const { jobs, next } = await listJobs('', page, controller.signal);
        if (controller.signal.aborted) return;
        dispatch([{ type: 'heard', jobs }]);
        page = next;
      } while (page !== '');
    };
    setRefusal(null);
    read().catch((error: unknown) => {
      if (!controller.signal.aborted) setRefusal(refusalOf(error));
    });
    return () => controller.abort();
  }, [hasOlder, round]);

  useEffect(() => {
    if (!hasOlder) return undefined;
    // Jobs wait in order: those that run may well be older than the live list reaches.
    const controller = new AbortController();
    const unfollow = follow('state=RUNNING', (events) => {
      for (const event of events) {
        if (event.kind !== 'jobs') continue;
        dispatch([{ type: 'heard', jobs: event.jobs }]);
        for (const id of event.removed) {
          // Not running any more: what became of it, this list does not say.
          getJob(id, controller.signal).then(
            (job) => dispatch([{ type: 'heard', jobs: [job] }]),
            () => undefined, // Deleted, or out of reach.
          );
        }
      }
    });
    return () => {
      controller.abort();
      unfollow();
    };
  }, [hasOlder]);

  return { all, refusal, retry: () => setRound((last) => last + 1) };
}
