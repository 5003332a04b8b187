import { useCallback, useEffect, useReducer } from 'react';
import { refusalOf } from '../api/convert';
import { getDataset } from '../api/datasets';
import { getJob, metricSeries } from '../api/jobs';
import type { Job } from '../api/model';
import { subscription } from '../api/subscription/subscriber';
import type { Run, RunEvent } from './run';
import { kEmptyRun, runAfter } from './run';

const kSeriesPoints = 2000;
/** Refusals that are the way's, not the server's. */
const kPassing: readonly string[] = ['Unavailable', 'Unknown', 'DeadlineExceeded'];
const kRetryMs = 1500;

function runAfterAll(run: Run, events: readonly RunEvent[] | 'other'): Run {
  return events === 'other' ? kEmptyRun : events.reduce(runAfter, run);
}

/**
 * A run from its first snapshot on, live: what there is by one call, then what comes. The function
 * takes what an action on the run has answered.
 */
export function useRun(id: string): readonly [Run, (job: Job) => void] {
  const [run, dispatch] = useReducer(runAfterAll, kEmptyRun);
  useEffect(() => {
    dispatch('other');
    const controller = new AbortController();
    let unfollow: (() => void) | undefined;
    // What comes between two frames is applied at once.
    let waiting: RunEvent[] = [];
    let frame = 0;
    const apply = (event: RunEvent) => {
      waiting.push(event);
      if (frame !== 0) return;
      const flush = () => {
        cancelAnimationFrame(frame);
        clearTimeout(timer);
        frame = 0;
        dispatch(waiting);
        waiting = [];
      };
      frame = requestAnimationFrame(flush);
      const timer = setTimeout(flush, 1000); // A hidden tab has no frames.
    };
    const load = async () => {
      const [job, moments] = await Promise.all([
        getJob(id, controller.signal),
        metricSeries(id, kSeriesPoints, controller.signal),
      ]);
      const { imageShape } = await getDataset(job.dataset, controller.signal);
      if (controller.signal.aborted) return;
      apply({ type: 'loaded', job: { ...job, imageShape }, moments });
      const startIndex = (moments.at(-1)?.index ?? -1) + 1;
      unfollow = subscription().follow({ kind: 'snapshots', job: id, startIndex }, (event) =>
        apply({ type: 'topic', event }),
      );
    };
    let again: ReturnType<typeof setTimeout> | undefined;
    const attempt = () => {
      load().catch((error: unknown) => {
        if (controller.signal.aborted) return;
        const refusal = refusalOf(error);
        apply({ type: 'refused', refusal });
        // A server that is out of reach comes back, most likely.
        if (kPassing.includes(refusal.code)) again = setTimeout(attempt, kRetryMs);
      });
    };
    attempt();
    return () => {
      controller.abort();
      clearTimeout(again);
      cancelAnimationFrame(frame);
      unfollow?.();
    };
  }, [id]);
  const change = useCallback((job: Job) => dispatch([{ type: 'changed', job }]), []);
  return [run, change];
}
