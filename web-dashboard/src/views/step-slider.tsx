import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../format';

/** Playing takes this long, however many steps there are. */
const kPlaySeconds = 4;

interface Props {
  /** The step on screen. */
  readonly step: number;
  readonly last: number;
  readonly onStep: (step: number) => void;
}

/** A slider over the steps of a walk, with play; its keys are its own, not the time slider's. */
export function StepSlider({ step, last, onStep }: Props) {
  const [isPlaying, setPlaying] = useState(false);
  const report = useRef(onStep);
  useEffect(() => {
    report.current = onStep;
  });
  useEffect(() => {
    if (!isPlaying || last <= 0) return undefined;
    let began: number | undefined;
    let frame = requestAnimationFrame(function advance(now) {
      began ??= now;
      const at = Math.min(last, Math.floor(((now - began) / 1000 / kPlaySeconds) * last));
      report.current(at);
      if (at >= last) setPlaying(false);
      else frame = requestAnimationFrame(advance);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, last]);
  return (
    <div className="steps" data-own-keys>
      <button
        type="button"
        aria-label={isPlaying ? 'Stop the steps' : 'Play the steps'}
        disabled={last <= 0}
        onClick={() => setPlaying(!isPlaying)}
      >
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
          <path d={isPlaying ? 'M5 4h4v12H5zM11 4h4v12h-4z' : 'M5 3.500v13l11-6.500z'} />
        </svg>
      </button>
      <input
        type="range"
        aria-label="Step"
        min={0}
        max={Math.max(0, last)}
        value={Math.min(step, Math.max(0, last))}
        disabled={last <= 0}
        onChange={(event) => {
          setPlaying(false);
          onStep(Number(event.target.value));
        }}
      />
      <output className="number">
        step {formatCount(step)} <span className="muted">/ {formatCount(last)}</span>
      </output>
    </div>
  );
}
