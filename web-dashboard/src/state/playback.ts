// The time slider's arithmetic: which snapshot is on screen, and which comes next.

export const kSpeeds = [0.25, 0.5, 1, 2, 4, 8] as const;

/** Snapshots a second at 1x: a whole run takes twenty seconds, but no snapshot flits by unseen in a short one. */
export function playRate(newestIndex: number): number {
  return Math.max(5, newestIndex / 20);
}

/** Where playing has come to, as a fraction; stops at the newest. */
export function playedTo(
  from: number,
  newestIndex: number,
  speed: number,
  seconds: number,
): number {
  return Math.min(newestIndex, from + playRate(newestIndex) * speed * seconds);
}

/** The snapshot a link asks for, kept within those there are; null follows the newest. */
export function askedIndex(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

export function shownIndex(asked: number | null, newestIndex: number): number {
  return asked === null ? newestIndex : Math.min(asked, newestIndex);
}

/** The snapshot a key leads to; null for keys that mean nothing here. */
export function indexAfterKey(
  key: string,
  shift: boolean,
  index: number,
  newestIndex: number,
): number | null {
  const page = Math.max(10, Math.round(newestIndex / 20));
  const step = shift ? page : 1;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, index - step);
    case 'ArrowRight':
      return Math.min(newestIndex, index + step);
    case 'PageDown':
      return Math.max(0, index - page);
    case 'PageUp':
      return Math.min(newestIndex, index + page);
    case 'Home':
      return 0;
    case 'End':
      return newestIndex;
    default:
      return null;
  }
}
