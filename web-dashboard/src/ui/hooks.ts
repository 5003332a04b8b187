import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { RefObject } from 'react';
import { isAbort, refusalOf } from '../api/convert';
import type { Connection, Refusal } from '../api/model';
import { subscription } from '../api/subscription/subscriber';

/** The size of an element, in whole CSS pixels; 0 before it is laid out. */
export function useSize<T extends HTMLElement>(): [
  RefObject<T | null>,
  { width: number; height: number },
] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const measure = () => {
      const next = {
        width: Math.floor(element.clientWidth),
        height: Math.floor(element.clientHeight),
      };
      setSize((last) => (last.width === next.width && last.height === next.height ? last : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscription().watchConnection, subscription().connection);
}

/** The time now, in milliseconds, told anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export interface Answer<T> {
  /** The newest answer, which may be to the question before. */
  readonly value?: T;
  readonly refusal?: Refusal;
  readonly isLoading: boolean;
}

/** Asks once for each key, and again when `ask` is called through the returned function. */
export function useAnswer<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
): Answer<T> & { reload: () => void } {
  const [answer, setAnswer] = useState<Answer<T>>({ isLoading: key !== null });
  const [round, setRound] = useState(0);
  const asked = useRef(ask);
  asked.current = ask;
  useEffect(() => {
    if (key === null) {
      setAnswer({ isLoading: false });
      return undefined;
    }
    const controller = new AbortController();
    setAnswer((last) => ({ ...last, isLoading: true }));
    asked.current(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setAnswer({ value, isLoading: false });
      },
      (error: unknown) => {
        if (controller.signal.aborted || isAbort(error)) return;
        setAnswer((last) => ({ value: last.value, refusal: refusalOf(error), isLoading: false }));
      },
    );
    return () => controller.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { ...answer, reload };
}

/** Calls `act` for a key pressed anywhere but in a field to type in. */
export function useKeys(act: (event: KeyboardEvent) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target;
      const types =
        target instanceof HTMLElement &&
        (target.isContentEditable ||
          target.matches('input:not([type=range]):not([type=checkbox]), textarea, select'));
      if (!types && !event.ctrlKey && !event.metaKey && !event.altKey) latest.current(event);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

/** Shows a title in the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Percept' : `${title} · Percept`;
  }, [title]);
}

/** Whether the window is as narrow as a phone. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = window.matchMedia('(max-width: 760px)');
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => window.matchMedia('(max-width: 760px)').matches,
  );
}
