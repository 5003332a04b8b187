import { useEffect, useRef, useState } from 'react';
import { isAbort, refusalOf } from '../api/convert';
import type { Refusal } from '../api/model';

/** Questions that follow each other faster are not all put: only the last is. */
const kSettleMs = 150;

export interface StreamAnswer<T> {
  /** The newest of what has come; until something has, of the question before. */
  readonly value?: T;
  readonly refusal?: Refusal;
  readonly isRunning: boolean;
}

/** Reads the stream that `open` opens for each key, showing at most one value a frame. */
export function useStream<T>(
  key: string | null,
  open: (signal: AbortSignal) => AsyncIterable<T>,
): StreamAnswer<T> {
  const [answer, setAnswer] = useState<StreamAnswer<T>>({ isRunning: key !== null });
  const latest = useRef(open);
  useEffect(() => {
    latest.current = open;
  });
  useEffect(() => {
    if (key === null) {
      setAnswer({ isRunning: false });
      return undefined;
    }
    const controller = new AbortController();
    let frame = 0;
    const read = async () => {
      let value: T | undefined;
      try {
        for await (value of latest.current(controller.signal)) {
          const shown = value;
          cancelAnimationFrame(frame);
          frame = requestAnimationFrame(() => setAnswer({ value: shown, isRunning: true }));
        }
        cancelAnimationFrame(frame);
        if (!controller.signal.aborted) setAnswer({ value, isRunning: false });
      } catch (error) {
        cancelAnimationFrame(frame);
        if (controller.signal.aborted || isAbort(error)) return;
        setAnswer({ value, refusal: refusalOf(error), isRunning: false });
      }
    };
    setAnswer((last) => ({ value: last.value, isRunning: true }));
    const timer = setTimeout(() => void read(), kSettleMs);
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      controller.abort();
    };
  }, [key]);
  return answer;
}
