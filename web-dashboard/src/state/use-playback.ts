import { useCallback, useEffect, useRef, useState } from 'react';
import { useKeys } from '../ui/hooks';
import { useParameter } from '../ui/router';
import { askedIndex, indexAfterKey, playedTo, shownIndex } from './playback';

/** Browsers limit how often a URL may change. */
const kUrlDelayMs = 200;

export interface Playback {
  /** The snapshot on screen; -1 before the first. */
  readonly index: number;
  readonly isLive: boolean;
  readonly isPlaying: boolean;
  readonly speed: number;
  readonly show: (index: number) => void;
  readonly follow: () => void;
  readonly togglePlay: () => void;
  readonly setSpeed: (speed: number) => void;
}

/** Moves through a run's snapshots: by slider, keys or playing; the URL says where, unless it follows. */
export function usePlayback(newestIndex: number): Playback {
  const [at, setAt] = useParameter('at');
  const [moved, setMoved] = useState<number | null>(() => askedIndex(at));
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const place = useRef(0);
  const written = useRef(at);
  useEffect(() => {
    // Only what comes from elsewhere, such as going back: our own writing may be old by now.
    if (at !== written.current) setMoved(askedIndex(at));
    written.current = at;
  }, [at]);
  useEffect(() => {
    const timer = setTimeout(() => {
      written.current = moved === null ? null : String(moved);
      setAt(written.current);
    }, kUrlDelayMs);
    return () => clearTimeout(timer);
  }, [moved, setAt]);
  const index = shownIndex(moved, newestIndex);
  place.current = Math.floor(place.current) === index ? place.current : index;

  const show = useCallback((next: number) => {
    setPlaying(false);
    setMoved(next);
  }, []);
  const follow = useCallback(() => {
    setPlaying(false);
    setMoved(null);
  }, []);
  const togglePlay = useCallback(() => {
    setPlaying((was) => {
      if (!was && place.current >= newestIndex) {
        place.current = 0;
        setMoved(0);
      } else if (!was) {
        setMoved(Math.floor(place.current));
      }
      return !was;
    });
  }, [newestIndex]);

  useEffect(() => {
    if (!isPlaying) return undefined;
    let last = performance.now();
    let frame = requestAnimationFrame(function advance(now) {
      place.current = playedTo(place.current, newestIndex, speed, Math.max(0, now - last) / 1000);
      last = now;
      setMoved(Math.floor(place.current));
      if (place.current >= newestIndex) setPlaying(false);
      else frame = requestAnimationFrame(advance);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, newestIndex, speed]);

  useKeys((event) => {
    if (
      event.target instanceof HTMLElement &&
      event.target.closest('[role=tablist], dialog, details[open], [data-own-keys]')
    )
      return;
    if (event.key === ' ') {
      if (event.target instanceof HTMLButtonElement) return;
      togglePlay();
    } else if (event.key === 'l' || event.key === 'L') {
      follow();
    } else {
      const next = indexAfterKey(event.key, event.shiftKey, index, newestIndex);
      if (next === null || newestIndex < 0) return;
      show(next);
    }
    event.preventDefault();
  });

  return { index, isLive: moved === null, isPlaying, speed, show, follow, togglePlay, setSpeed };
}
