// What is inside the model: its weights as pictures, the space of its hidden layer, its mistakes.

import { lazy, Suspense, useCallback, useMemo } from 'react';
import { confusion as askConfusion, latent as askLatent, weightImages } from '../../api/inspect';
import type { Confusion, Latent, WeightImages } from '../../api/inspect';
import type { Job } from '../../api/model';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import type { Figure } from '../../charts/surface';
import { tilesFigure } from '../../charts/tiles-figure';
import { formatSignificant } from '../../format';
import { useSnapshotAnswer } from '../../state/use-snapshot-answer';
import { Notice, Refused, Tabs } from '../../ui/parts';
import { useParameter } from '../../ui/router';
import { AzimuthSlider, useAzimuth } from '../../views/azimuth';
import { ConfusionTable } from './confusion-table';

const LatentScene = lazy(() => import('../../charts/latent-scene'));

type Inside = 'weights' | 'latent' | 'confusion';
const kNames: Record<Inside, string> = {
  weights: 'Weights',
  latent: 'Latent space',
  confusion: 'Confusion',
};
const kLatentExamples = 400;

/** Those that say something about such a model, the most telling first. */
export function insideViews(job: Job): readonly [Inside, ...Inside[]] {
  if (job.imageShape !== undefined)
    return job.model === 'mlp' ? ['weights', 'latent', 'confusion'] : ['weights', 'confusion'];
  return job.model === 'mlp' ? ['latent', 'weights', 'confusion'] : ['confusion', 'weights'];
}

/** Why there is nothing to see yet. */
function waiting(index: number, asking: string): string {
  return index < 0 ? 'The first snapshot comes when training begins.' : asking;
}

interface Props {
  readonly job: Job;
  readonly index: number;
  readonly step: number;
  readonly figureRef: { current: (() => Figure | null) | null };
}

export function InsidePanel({ job, index, step, figureRef }: Props) {
  const [text, setInside] = useParameter('inside');
  const views = insideViews(job);
  const inside = views.find((view) => view === text) ?? views[0];
  const choose = (view: Inside) => setInside(view === views[0] ? null : view);
  return (
    <section className="panel inside-panel" aria-label="Inside the model">
      <header>
        <Tabs
          label="Inside the model"
          tabs={views.map((view) => [view, kNames[view]])}
          chosen={inside}
          onChoose={choose}
        />
      </header>
      {inside === 'weights' && (
        <Weights job={job} index={index} step={step} figureRef={figureRef} />
      )}
      {inside === 'latent' && (
        <LatentView job={job} index={index} step={step} figureRef={figureRef} />
      )}
      {inside === 'confusion' && <ConfusionView job={job} index={index} step={step} />}
    </section>
  );
}

function Weights({ job, index, step, figureRef }: Props) {
  const [layerText, setLayer] = useParameter('layer');
  const layers = job.model === 'mlp' ? job.hiddenUnits.length + 1 : 1;
  const layer = Math.min(layers - 1, Math.max(0, Number(layerText ?? 0) || 0));
  const answer = useSnapshotAnswer<WeightImages>(
    `${job.id} weights ${layer}`,
    index,
    (at, signal) => weightImages(job.id, at, layer, signal),
    step,
  );
  const weights = answer.value;
  const figure = useCallback(
    (width: number, height: number, ink: Ink) =>
      tilesFigure(
        width,
        height,
        {
          shape: weights?.shape ?? { height: 1, width: 1, channels: 1 },
          tiles: (weights?.images ?? []).map((image) => ({
            values: image.weights,
            caption:
              (weights?.images.length ?? 0) <= 16 && (weights?.images.length ?? 0) > 1
                ? String(image.unit)
                : '',
          })),
          largest: weights?.largest ?? 1,
        },
        ink,
      ),
    [weights],
  );
  return (
    <>
      <FigureCanvas
        label={`Weights of ${weights?.images.length ?? 0} units as pictures`}
        figure={figure}
        figureRef={figureRef}
        isStale={answer.refusal !== undefined}
      />
      {answer.refusal !== undefined && <Refused refusal={answer.refusal} />}
      <footer className="scale-row">
        {weights !== undefined && (
          <span className="scale" aria-label="Scale of the weights">
            <span className="number">−{formatSignificant(weights.largest, 2)}</span>
            <span className="scale-bar" aria-hidden="true" />
            <span className="number">{formatSignificant(weights.largest, 2)}</span>
          </span>
        )}
        {weights !== undefined && weights.units > weights.images.length && (
          <span className="note">
            {weights.images.length} of {weights.units} units
          </span>
        )}
        {layers > 1 && (
          <label className="choice">
            layer{' '}
            <select
              value={layer}
              onChange={(event) => setLayer(event.target.value === '0' ? null : event.target.value)}
            >
              {Array.from({ length: layers }, (_, each) => (
                <option key={each} value={each}>
                  {each === layers - 1 ? `${each}, output` : each}
                </option>
              ))}
            </select>
          </label>
        )}
      </footer>
    </>
  );
}

function LatentView({ job, index, step, figureRef }: Props) {
  const [azimuth, turn] = useAzimuth();
  const [planesText, setPlanes] = useParameter('planes');
  const units = job.hiddenUnits.at(-1) ?? 0;
  const classesAreFew = job.imageShape === undefined;
  const showPlanes = planesText === null ? classesAreFew : planesText === '1';
  const answer = useSnapshotAnswer<Latent>(
    `${job.id} latent`,
    index,
    (at, signal) => askLatent(job.id, at, units, kLatentExamples, signal),
    step,
  );
  const latent = answer.value;
  return (
    <>
      {latent === undefined ? (
        <div className="figure">
          {answer.refusal === undefined && (
            <Notice>{waiting(index, 'Asking how the hidden layer sees the examples …')}</Notice>
          )}
        </div>
      ) : (
        <Suspense
          fallback={
            <div className="figure">
              <Notice>Loading the 3-D view …</Notice>
            </div>
          }
        >
          <LatentScene
            latent={latent}
            azimuth={azimuth}
            onAzimuth={turn}
            showPlanes={showPlanes}
            figureRef={figureRef}
            isStale={answer.refusal !== undefined}
          />
        </Suspense>
      )}
      {answer.refusal !== undefined && <Refused refusal={answer.refusal} />}
      <footer className="scale-row">
        <AzimuthSlider azimuth={azimuth} onAzimuth={turn} />
        {latent !== undefined && latent.planes.length > 0 && (
          <label className="choice">
            <input
              type="checkbox"
              checked={showPlanes}
              onChange={(event) => setPlanes(event.target.checked ? '1' : '0')}
            />{' '}
            planes
          </label>
        )}
        {latent?.varianceShare !== undefined && (
          <span className="note">
            {latent.units} units on 3 components: {Math.round(latent.varianceShare * 100)} % of the
            variance
          </span>
        )}
      </footer>
    </>
  );
}

function ConfusionView({ job, index, step }: Omit<Props, 'figureRef'>) {
  const answer = useSnapshotAnswer<Confusion>(
    `${job.id} confusion`,
    index,
    (at, signal) => askConfusion(job.id, at, signal),
    step,
  );
  const table = useMemo(
    () => (answer.value === undefined ? null : <ConfusionTable confusion={answer.value} />),
    [answer.value],
  );
  return (
    <>
      {table ?? (
        <div className="figure">
          {answer.refusal === undefined && (
            <Notice>{waiting(index, 'Counting predictions …')}</Notice>
          )}
        </div>
      )}
      {answer.refusal !== undefined && <Refused refusal={answer.refusal} />}
    </>
  );
}
