import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { navigate, searchWith, useSearch } from '../ui/router';
import { textOf, valuesFrom } from './control';
import type { Control, Controls, ValuesOf } from './control';

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

/** The positions of a page's controls: at once on the page, soon after in the URL. */
export function useControls<C extends Controls>(
  controls: C,
): readonly [ValuesOf<C>, (changes: Partial<ValuesOf<C>>) => void] {
  const [search, change] = useLiveSearch();
  const values = useMemo(() => valuesFrom(controls, search), [controls, search]);
  const set = useCallback(
    (changes: Partial<ValuesOf<C>>) =>
      change(
        Object.fromEntries(
          Object.entries(changes).map(([name, value]) => [
            name,
            textOf(controls[name as keyof C] as Control, value as number | boolean | string),
          ]),
        ),
      ),
    [controls, change],
  );
  return [values, set];
}
