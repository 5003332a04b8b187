import { useCallback, useMemo } from 'react';
import { useLiveSearch } from '../ui/live-search';
import { textOf, valuesFrom } from './control';
import type { Control, Controls, ValuesOf } from './control';

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
