import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { navigate, searchWith, useSearch } from '../ui/router';
import { textOf, valuesFrom } from './control';
import type { Controls, ValuesOf } from './control';

/** Browsers limit how often a URL may change. */
const kUrlDelayMs = 200;

/** The positions of a page's controls: at once on the page, soon after in the URL. */
export function useControls<C extends Controls>(
  controls: C,
): readonly [ValuesOf<C>, (changes: Partial<ValuesOf<C>>) => void] {
  const search = useSearch();
  const asked = useMemo(() => valuesFrom(controls, search), [controls, search]);
  const [moved, setMoved] = useState<Partial<ValuesOf<C>>>({});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const waiting = useRef<Partial<ValuesOf<C>>>({});
  const path = useRef(location.pathname);

  const write = useCallback(() => {
    clearTimeout(timer.current);
    const changes = Object.entries(waiting.current);
    waiting.current = {};
    if (changes.length === 0 || location.pathname !== path.current) return;
    navigate(
      location.pathname +
        searchWith(
          location.search,
          Object.fromEntries(
            changes.map(([name, value]) => [
              name,
              textOf(controls[name as keyof C] as Controls[string], value as number),
            ]),
          ),
        ),
      true,
    );
  }, [controls]);
  useEffect(() => () => clearTimeout(timer.current), []);
  // What the URL says is right as soon as nothing is on its way there.
  useEffect(() => {
    if (Object.keys(waiting.current).length === 0) setMoved({});
  }, [search]);

  const set = useCallback(
    (changes: Partial<ValuesOf<C>>) => {
      waiting.current = { ...waiting.current, ...changes };
      setMoved((last) => ({ ...last, ...changes }));
      clearTimeout(timer.current);
      timer.current = setTimeout(write, kUrlDelayMs);
    },
    [write],
  );
  const values = useMemo(() => ({ ...asked, ...moved }), [asked, moved]);
  return [values, set];
}
