// Light or dark, and the projector's large type. Kept by the browser; a link may ask for either.

import { useSyncExternalStore } from 'react';
import type { Theme } from '../colour';

export type ThemeChoice = Theme | 'system';

interface Appearance {
  readonly choice: ThemeChoice;
  readonly theme: Theme;
  readonly projector: boolean;
}

const kThemeKey = 'percept-theme';
const kProjectorKey = 'percept-projector';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
}

function choiceOf(text: string | null): ThemeChoice {
  return text === 'light' || text === 'dark' ? text : 'system';
}

const asked = new URLSearchParams(location.search);
let choice = choiceOf(asked.get('theme') ?? stored(kThemeKey));
let projector = (asked.get('projector') ?? stored(kProjectorKey)) === '1';
let current = appearance();

function appearance(): Appearance {
  const theme = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
  return { choice, theme, projector };
}

function apply(): void {
  current = appearance();
  document.documentElement.dataset['theme'] = current.theme;
  document.documentElement.classList.toggle('projector', current.projector);
  for (const listener of listeners) listener();
}

dark.addEventListener('change', apply);
apply();

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  store(kThemeKey, next);
  apply();
}

export function setProjector(on: boolean): void {
  projector = on;
  store(kProjectorKey, on ? '1' : '0');
  apply();
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
