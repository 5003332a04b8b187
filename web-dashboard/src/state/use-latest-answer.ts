import { useEffect, useRef, useState } from 'react';
import type { Question } from '../api/demo';
import { refusalOf } from '../api/convert';
import type { Refusal } from '../api/model';
import { NewestWins } from './newest-wins';

const kRemembered = 64;
/** What answers sooner is worth showing on the way; what takes longer is cancelled for a newer one. */
const kPatienceMs = 50;

export interface LatestAnswer<T> {
  /** Of the question asked last that has been answered. */
  readonly value?: T;
  /** What the value answers. To show it with the answer, not before, saves painting it twice. */
  readonly question?: Question;
  readonly refusal?: Refusal;
  /** Whether a newer question is still open. */
  readonly isStale: boolean;
}

/** Asks as a slider moves: one question at a time, the newest wins, none that nobody waits for. */
export function useLatestAnswer<T>(
  ask: (question: Question, signal: AbortSignal) => Promise<T>,
  question: Question | null,
): LatestAnswer<T> {
  const [answer, setAnswer] = useState<{
    key: string;
    value?: T;
    question?: Question;
    refusal?: Refusal;
  } | null>(null);
  const queue = useRef<NewestWins<string, T> | null>(null);
  useEffect(() => {
    const current = new NewestWins<string, T>({
      ask: (key, signal) => ask(JSON.parse(key) as Question, signal),
      onValue: (key, value) => setAnswer({ key, value, question: JSON.parse(key) as Question }),
      onError: (key, error) => setAnswer((last) => ({ ...last, key, refusal: refusalOf(error) })),
      capacity: kRemembered,
      patienceMs: kPatienceMs,
      now: () => performance.now(),
    });
    queue.current = current;
    return () => current.close();
  }, [ask]);
  const key = question === null ? null : JSON.stringify(question);
  useEffect(() => {
    if (key !== null) queue.current?.want(key);
  }, [ask, key]);
  return { ...answer, isStale: answer?.key !== key };
}
