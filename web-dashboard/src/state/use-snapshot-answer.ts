import { useEffect, useRef, useState } from 'react';
import { refusalOf } from '../api/convert';
import type { Refusal } from '../api/model';
import { NewestWins } from './newest-wins';

const kRemembered = 48;
const kPatienceMs = 400;

export interface SnapshotAnswer<T> {
  /** Of the snapshot asked about last that has been answered. */
  readonly value?: T;
  readonly refusal?: Refusal;
  readonly isStale: boolean;
}

/**
 * What `ask` says of a snapshot, for the one on screen: the newest wins, those passed over are not
 * asked about, and the next is fetched ahead while `step` says which way it goes. `subject` names what
 * is asked: when it changes, everything begins anew. Nothing is asked while `index` is below 0.
 */
export function useSnapshotAnswer<T>(
  subject: string | null,
  index: number,
  ask: (index: number, signal: AbortSignal) => Promise<T>,
  step = 0,
): SnapshotAnswer<T> {
  const [answer, setAnswer] = useState<{
    subject: string;
    index: number;
    value?: T;
    refusal?: Refusal;
  } | null>(null);
  const queue = useRef<NewestWins<number, T> | null>(null);
  const latestAsk = useRef(ask);
  latestAsk.current = ask;
  useEffect(() => {
    if (subject === null) return undefined;
    const current = new NewestWins<number, T>({
      ask: (key, signal) => latestAsk.current(key, signal),
      onValue: (key, value) => setAnswer({ subject, index: key, value }),
      onError: (key, error) =>
        setAnswer((last) => ({
          subject,
          index: key,
          value: last?.subject === subject ? last.value : undefined,
          refusal: refusalOf(error),
        })),
      capacity: kRemembered,
      patienceMs: kPatienceMs,
      now: () => performance.now(),
    });
    queue.current = current;
    return () => {
      current.close();
      if (queue.current === current) queue.current = null;
    };
  }, [subject]);
  useEffect(() => {
    if (subject !== null && index >= 0) queue.current?.want(index);
  }, [subject, index]);
  useEffect(() => {
    if (step !== 0 && answer?.index === index && index + step >= 0)
      queue.current?.prefetch(index + step);
  }, [answer, index, step]);
  if (answer === null || answer.subject !== subject) return { isStale: true };
  return { value: answer.value, refusal: answer.refusal, isStale: answer.index !== index };
}
