// The time slider under all panels: its track shows accuracy, so that one sees where learning happened.

import { useEffect, useRef } from 'react';
import type { Moment } from '../../api/model';
import { formatCount } from '../../format';
import { kSpeeds } from '../../state/playback';
import type { Playback } from '../../state/use-playback';
import { useConnection, useSize } from '../../ui/hooks';
import { useAppearance } from '../../ui/theme';
import { inkOf } from '../../charts/ink';
import { paint } from '../../charts/surface';

interface Props {
  readonly playback: Playback;
  readonly newestIndex: number;
  readonly moments: readonly Moment[];
  readonly canFollow: boolean;
}

export function Timeline({ playback, newestIndex, moments, canFollow }: Props) {
  const { index, isLive, isPlaying, speed } = playback;
  const isEmpty = newestIndex < 0;
  // Nobody follows a server that is not heard.
  const isHeard = useConnection().state !== 'resuming';
  return (
    <section className="timeline" aria-label="Time">
      <button
        type="button"
        className="play"
        aria-label={isPlaying ? 'Stop' : 'Play'}
        title={`${isPlaying ? 'Stop' : 'Play'} (space)`}
        disabled={isEmpty}
        onClick={playback.togglePlay}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d={isPlaying ? 'M5 4h4v12H5zM11 4h4v12h-4z' : 'M5 3.500v13l11-6.500z'} />
        </svg>
      </button>
      <div className="track">
        <Track moments={moments} newestIndex={newestIndex} />
        <input
          type="range"
          aria-label="Snapshot"
          min={0}
          max={Math.max(0, newestIndex)}
          value={Math.max(0, index)}
          disabled={isEmpty}
          aria-valuetext={`snapshot ${index} of ${newestIndex}`}
          onChange={(event) => playback.show(Number(event.target.value))}
        />
      </div>
      <output className="place number">
        {isEmpty ? '–' : formatCount(index)}{' '}
        <span className="muted">/ {isEmpty ? '–' : formatCount(newestIndex)}</span>
      </output>
      <label className="choice speed">
        <span className="visually-hidden">Speed</span>
        <select value={speed} onChange={(event) => playback.setSpeed(Number(event.target.value))}>
          {kSpeeds.map((each) => (
            <option key={each} value={each}>
              {each}×
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className={isLive && canFollow && isHeard ? 'live on' : 'live'}
        aria-pressed={isLive}
        title="Follow the newest snapshot (L)"
        onClick={playback.follow}
      >
        {canFollow ? 'LIVE' : 'LAST'}
      </button>
    </section>
  );
}

function Track({ moments, newestIndex }: { moments: readonly Moment[]; newestIndex: number }) {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { theme, projector } = useAppearance();
  useEffect(() => {
    if (canvas.current === null || width === 0 || height === 0) return;
    const ink = inkOf(theme, projector);
    paint(canvas.current, {
      width,
      height,
      draw(surface) {
        surface.beginPath();
        let begun = false;
        for (const { index, metrics } of moments) {
          const accuracy = metrics.validationAccuracy ?? metrics.trainingAccuracy;
          if (accuracy === undefined) continue;
          const x = newestIndex > 0 ? (index / newestIndex) * width : 0;
          const y = 2 + (1 - accuracy) * (height - 4);
          if (begun) surface.lineTo(x, y);
          else surface.moveTo(x, y);
          begun = true;
        }
        surface.strokeStyle = ink.muted;
        surface.lineWidth = 1.25;
        surface.lineJoin = 'round';
        surface.stroke();
      },
    });
  }, [moments, newestIndex, width, height, theme, projector]);
  return (
    <div className="track-line" ref={box} aria-hidden="true">
      <canvas ref={canvas} style={{ width, height }} />
    </div>
  );
}
