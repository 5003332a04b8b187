// The URL is the view: a path for the page, parameters for what is set on it.

import { useCallback, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

function changed(): void {
  for (const listener of listeners) listener();
}

/** Goes to another view; `replace` where going back should skip this one. */
export function navigate(url: string, replace = false): void {
  if (url === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', url);
  else {
    history.pushState(null, '', url);
    window.scrollTo(0, 0);
  }
  changed();
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => location.search);
}

/** The search part with some parameters changed; null takes one away. Pure. */
export function searchWith(
  search: string,
  changes: Readonly<Record<string, string | null>>,
): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  // Commas and colons stay legible: links are read by people, too.
  const text = parameters.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text === '' ? '' : `?${text}`;
}

/** A parameter of the URL and how to set it; null stands for its absence. */
export function useParameter(name: string): [string | null, (value: string | null) => void] {
  const value = new URLSearchParams(useSearch()).get(name);
  const set = useCallback(
    (next: string | null) =>
      navigate(location.pathname + searchWith(location.search, { [name]: next }), true),
    [name],
  );
  return [value, set];
}
