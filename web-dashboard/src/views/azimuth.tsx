// From which side one looks at a space of three dimensions.

import { useCallback } from 'react';
import { useLiveParameter } from '../ui/live-search';

const kInitial = 35;

/** The azimuth in degrees, as the link says it, and how to turn. */
export function useAzimuth(): readonly [number, (degrees: number) => void] {
  const [text, setText] = useLiveParameter('azimuth');
  const degrees = Number(text ?? kInitial);
  const turn = useCallback((to: number) => setText(String(to)), [setText]);
  return [Number.isFinite(degrees) ? degrees : kInitial, turn];
}

export function AzimuthSlider({
  azimuth,
  onAzimuth,
}: {
  azimuth: number;
  onAzimuth: (degrees: number) => void;
}) {
  return (
    <label className="choice azimuth">
      azimuth
      <input
        type="range"
        min={-180}
        max={180}
        value={azimuth}
        onChange={(event) => onAzimuth(Number(event.target.value))}
      />
    </label>
  );
}
