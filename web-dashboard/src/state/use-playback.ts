import { useCallback, useEffect, useRef, useState } from 'react';
import { useKeys } from '../ui/hooks';
import { useParameter } from '../ui/router';
import { askedIndex, indexAfterKey, playedTo, shownIndex } from './playback';

export interface Playback {
  /** The snapshot on screen; -1 before the first. */
  readonly index: number;
  readonly isLive: boolean;
  readonly isPlaying: boolean;
  readonly speed: number;
  show(index: number): void;
  follow(): void;
  togglePlay(): void;
  setSpeed(speed: number): void;
}

/** Moves through a run's snapshots: by slider, keys or playing; the URL says where, unless it follows. */
export function usePlayback(newestIndex: number): Playback {
  const [at, setAt] = useParameter('at');
  // While a slider is dragged the URL lags a little behind: browsers limit how often it may change.
  const [moved, setMoved] = useState<number | null>(() => askedIndex(at));
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const place = useRef(0);
  useEffect(() => setMoved(askedIndex(at)), [at]);
  useEffect(() => {
    const timer = setTimeout(() => setAt(moved === null ? null : String(moved)), 200);
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
      event.target.closest('[role=tablist], dialog, details[open]')
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
