import { useEffect, useRef, useState } from 'react';
import { refusalOf } from '../api/convert';
import { readExamples } from '../api/datasets';
import type { Refusal } from '../api/model';
import type { Preset } from '../api/presets';
import { kPresets } from '../api/presets';
import { trainPreset } from '../api/train-preset';
import { inkOf } from '../charts/ink';
import { paint } from '../charts/surface';
import { tilePixels } from '../charts/tiles-figure';
import { classColour, css } from '../colour';
import { drawMarker } from '../markers';
import { sketchOf } from '../model/sketch';
import { covering, position } from '../scale';
import { useAnswer } from '../ui/hooks';
import { Refused } from '../ui/parts';
import { navigate } from '../ui/router';
import { useAppearance } from '../ui/theme';

/** The lecture's experiments: one click trains, and opens the run. */
export function PresetCards() {
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const train = async (preset: Preset) => {
    setBusy(preset.id);
    setRefusal(null);
    try {
      const job = await trainPreset(preset);
      navigate(`/runs/${job.id}`);
    } catch (error) {
      setRefusal(refusalOf(error));
      setBusy(null);
    }
  };
  return (
    <>
      {refusal !== null && <Refused refusal={refusal} />}
      <ul className="cards">
        {kPresets
          .filter((preset) => preset.isCard)
          .map((preset) => (
            <li key={preset.id}>
              <button
                type="button"
                className="card"
                data-preset={preset.id}
                disabled={busy !== null}
                onClick={() => void train(preset)}
              >
                {preset.dataset === 'mnist' ? (
                  <DigitsSketch from={preset.id === 'mlp-mnist' ? 12 : 0} />
                ) : (
                  <PointsSketch dataset={preset.dataset} />
                )}
                <span className="card-title">{preset.title}</span>
                <span className="card-about">{preset.about}</span>
                <span className="card-act">{busy === preset.id ? 'Starting …' : 'Train'}</span>
              </button>
            </li>
          ))}
      </ul>
    </>
  );
}

const kWidth = 220;
const kHeight = 120;

function PointsSketch({ dataset }: { dataset: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { theme } = useAppearance();
  useEffect(() => {
    if (canvas.current === null) return;
    const points = sketchOf(dataset, 120);
    const spread = covering(
      points.flatMap((point) => [point.x, point.y]),
      0.06,
    );
    const width = (spread.max - spread.min) * (kWidth / kHeight);
    const x = { min: -width / 2, max: width / 2 };
    paint(canvas.current, {
      width: kWidth,
      height: kHeight,
      draw(surface) {
        for (const point of points) {
          drawMarker(
            surface,
            position(point.x, x, 0, kWidth),
            position(point.y, spread, kHeight, 0),
            6,
            point.label,
            css(classColour(point.label, theme)),
          );
        }
      },
    });
  }, [dataset, theme]);
  return <canvas className="sketch" ref={canvas} aria-hidden="true" />;
}

const kDigits = 12;

function DigitsSketch({ from }: { from: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { theme, projector } = useAppearance();
  const examples = useAnswer(`digits ${from}`, (signal) =>
    readExamples('mnist', 'train', from, kDigits, signal),
  );
  useEffect(() => {
    if (canvas.current === null) return;
    const value = examples.value;
    const small = document.createElement('canvas');
    small.width = 28;
    small.height = 28;
    paint(canvas.current, {
      width: kWidth,
      height: kHeight,
      draw(surface) {
        const size = 36;
        const left = (kWidth - 6 * size) / 2;
        const top = (kHeight - 2 * size) / 2;
        for (let i = 0; i < kDigits; i += 1) {
          const x = left + (i % 6) * size + 1;
          const y = top + Math.floor(i / 6) * size + 1;
          surface.strokeStyle = inkOf(theme, projector).faint;
          surface.strokeRect(x, y, size - 2, size - 2);
          if (value === undefined || value.width !== 784) continue;
          const pixels = tilePixels(
            [...value.inputs.subarray(i * 784, (i + 1) * 784)],
            { height: 28, width: 28, channels: 1 },
            undefined,
            theme,
          );
          small.getContext('2d')?.putImageData(new ImageData(pixels, 28, 28), 0, 0);
          surface.drawImage(small, x, y, size - 2, size - 2);
        }
      },
    });
  }, [examples.value, theme, projector]);
  return <canvas className="sketch" ref={canvas} aria-hidden="true" />;
}
