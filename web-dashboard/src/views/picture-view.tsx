// What the model makes of a picture that somebody brings.

import { useCallback, useEffect, useState } from 'react';
import type { DragEvent } from 'react';
import { predictPicture } from '../api/predict';
import type { PictureAnswer, PictureInversion } from '../api/predict';
import { FigureCanvas } from '../charts/figure-canvas';
import type { Ink } from '../charts/ink';
import { tilesFigure } from '../charts/tiles-figure';
import { formatBytes } from '../format';
import { useSnapshotAnswer } from '../state/use-snapshot-answer';
import { useAnswer } from '../ui/hooks';
import { Refused } from '../ui/parts';
import { pictureBytes } from './picture-file';
import type { ViewedJob } from './points';
import { Probabilities } from './probabilities';

const kInversions: readonly PictureInversion[] = ['automatic', 'as it is', 'inverted'];

let picturesBrought = 0;

interface Brought {
  readonly file: File;
  readonly url: string;
  /** Sets it apart from others of the same name. */
  readonly number: number;
}

function usePicture(): [Brought | null, (file: File | undefined) => void] {
  const [brought, setBrought] = useState<Brought | null>(null);
  useEffect(() => {
    const url = brought?.url;
    return () => {
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [brought]);
  const bring = useCallback((file: File | undefined) => {
    if (file === undefined) return;
    picturesBrought += 1;
    setBrought({ file, url: URL.createObjectURL(file), number: picturesBrought });
  }, []);
  return [brought, bring];
}

export function PictureView({ job, snapshot }: { job: ViewedJob; snapshot: number }) {
  const [brought, bring] = usePicture();
  const [inversion, setInversion] = useState<PictureInversion>('automatic');
  const [isOver, setOver] = useState(false);
  const key = brought === null ? null : `picture ${brought.number}`;
  const bytes = useAnswer(key, () => pictureBytes((brought as Brought).file));
  const data = bytes.isLoading ? undefined : bytes.value;
  const answer = useSnapshotAnswer<PictureAnswer>(
    key === null || data === undefined ? null : `${job.id} ${key} ${inversion}`,
    snapshot,
    (at, signal) => predictPicture(job.id, at, data ?? new Uint8Array(), inversion, signal),
  );
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    bring(event.dataTransfer.files[0]);
  };
  const refusal = bytes.refusal ?? answer.refusal;
  return (
    <div className="picture-view">
      <label
        className={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          type="file"
          accept="image/*"
          className="visually-hidden"
          aria-label="Picture to ask about"
          onChange={(event) => bring(event.target.files?.[0])}
        />
        {brought === null ? (
          <span>Drop a picture here, choose one, or take a photograph.</span>
        ) : (
          <>
            <img src={brought.url} alt={`The picture ${brought.file.name}`} />
            <span className="note">
              {brought.file.name}, {formatBytes(brought.file.size)}: drop another, or choose one
            </span>
          </>
        )}
      </label>
      <div className="picture-answer">
        <label className="choice">
          light and dark
          <select
            value={inversion}
            onChange={(event) => setInversion(event.target.value as PictureInversion)}
          >
            {kInversions.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        {refusal !== undefined && <Refused refusal={refusal} />}
        {answer.value !== undefined && <Seen answer={answer.value} />}
      </div>
    </div>
  );
}

function Seen({ answer }: { answer: PictureAnswer }) {
  const figure = useCallback(
    (width: number, height: number, ink: Ink) =>
      tilesFigure(
        width,
        height,
        { shape: answer.shape, tiles: [{ values: answer.seen, caption: '' }] },
        ink,
      ),
    [answer],
  );
  return (
    <>
      <figure className="walk-figure">
        <FigureCanvas label="The picture as the model sees it" figure={figure} />
        <figcaption>
          as the model sees it
          <span className="note">{answer.preparation.join(', ')}</span>
        </figcaption>
      </figure>
      <Probabilities prediction={answer.prediction} title="what it takes it for" />
    </>
  );
}
