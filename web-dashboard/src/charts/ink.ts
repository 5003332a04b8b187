// The colours and the type that figures share with the page.

import type { Theme } from '../colour';

export interface Ink {
  readonly theme: Theme;
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly faint: string;
  /** Pixels of the page's smallest text. */
  readonly textSize: number;
  readonly font: (size?: number, weight?: number) => string;
}

const kFamily = 'system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif';

export function inkOf(theme: Theme, projector: boolean): Ink {
  const textSize = projector ? 18 : 12;
  return {
    theme,
    paper: theme === 'dark' ? '#161a20' : '#ffffff',
    ink: theme === 'dark' ? '#f1f3f5' : '#1c2129',
    muted: theme === 'dark' ? '#a9b1bb' : '#59616b',
    faint: theme === 'dark' ? '#2c333d' : '#e3e5e9',
    textSize,
    font: (size = textSize, weight = 400) => `${weight} ${size}px ${kFamily}`,
  };
}
