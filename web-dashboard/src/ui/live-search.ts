import { useCallback, useEffect, useRef, useState } from 'react';
import { navigate, searchWith, useSearch } from './router';

/** Browsers limit how often a URL may change. */
const kUrlDelayMs = 200;

type Changes = Readonly<Record<string, string | null>>;

/** The URL's parameters as they are about to be: changes count at once, and reach the URL soon after. */
export function useLiveSearch(): readonly [string, (changes: Changes) => void] {
  const search = useSearch();
  const [pending, setPending] = useState<Changes>({});
  const waiting = useRef<Changes>({});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const path = useRef(location.pathname);
  useEffect(() => () => clearTimeout(timer.current), []);
  // What the URL says is right as soon as nothing is on its way there.
  useEffect(() => {
    if (Object.keys(waiting.current).length === 0) setPending({});
  }, [search]);
  const change = useCallback((changes: Changes) => {
    waiting.current = { ...waiting.current, ...changes };
    setPending((last) => ({ ...last, ...changes }));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const written = waiting.current;
      waiting.current = {};
      if (location.pathname === path.current)
        navigate(location.pathname + searchWith(location.search, written), true);
    }, kUrlDelayMs);
  }, []);
  return [searchWith(search, pending), change];
}

/** One of them; null stands for its absence. */
export function useLiveParameter(
  name: string,
): readonly [string | null, (value: string | null) => void] {
  const [search, change] = useLiveSearch();
  const set = useCallback((value: string | null) => change({ [name]: value }), [change, name]);
  return [new URLSearchParams(search).get(name), set];
}
