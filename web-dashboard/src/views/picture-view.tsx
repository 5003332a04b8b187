// What the model makes of a picture that somebody brings.

import { useCallback, useState } from 'react';
import { predictPicture } from '../api/predict';
import type { PictureAnswer, PictureInversion } from '../api/predict';
import { FigureCanvas } from '../charts/figure-canvas';
import type { Ink } from '../charts/ink';
import { tilesFigure } from '../charts/tiles-figure';
import { useSnapshotAnswer } from '../state/use-snapshot-answer';
import { useAnswer } from '../ui/hooks';
import { Refused } from '../ui/parts';
import { PictureDrop, usePicture } from './picture-drop';
import type { Brought } from './picture-drop';
import { pictureBytes } from './picture-file';
import type { ViewedJob } from './points';
import { Probabilities } from './probabilities';

const kInversions: readonly PictureInversion[] = ['automatic', 'as it is', 'inverted'];

export function PictureView({ job, snapshot }: { job: ViewedJob; snapshot: number }) {
  const [brought, bring] = usePicture();
  const [inversion, setInversion] = useState<PictureInversion>('automatic');
  const key = brought?.key ?? null;
  const bytes = useAnswer(key, () => pictureBytes((brought as Brought).file));
  const data = bytes.isLoading ? undefined : bytes.value;
  const answer = useSnapshotAnswer<PictureAnswer>(
    key === null || data === undefined ? null : `${job.id} ${key} ${inversion}`,
    snapshot,
    (at, signal) => predictPicture(job.id, at, data ?? new Uint8Array(), inversion, signal),
  );
  const refusal = bytes.refusal ?? answer.refusal;
  return (
    <div className="picture-view">
      <PictureDrop label="Picture to ask about" brought={brought} onBring={bring} />
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
