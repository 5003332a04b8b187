// Follows the gradient on the input from an example to another class, and shows the way there.

import { lazy, Suspense, useCallback, useMemo } from 'react';
import { decisionGrid, latent as askLatent } from '../api/inspect';
import type { Grid, Latent } from '../api/inspect';
import { explore } from '../api/paths';
import type { Exploration, ExploreResult } from '../api/paths';
import type { Columns } from '../charts/curve-data';
import { FigureCanvas } from '../charts/figure-canvas';
import type { Ink } from '../charts/ink';
import { planeArea, planeFigure } from '../charts/plane-figure';
import { tilesFigure } from '../charts/tiles-figure';
import { formatCount } from '../format';
import { covering, valueAt } from '../scale';
import { useSnapshotAnswer } from '../state/use-snapshot-answer';
import { useStream } from '../state/use-stream';
import { useAnswer } from '../ui/hooks';
import { Notice } from '../ui/parts';
import { AzimuthSlider, useAzimuth } from './azimuth';
import { dataOf, pointsOf } from './points';
import type { ViewedJob } from './points';
import { useWalk } from './walk';
import type { WalkProps } from './walk';
import { WalkProbabilities, WalkView, placeOnWalk } from './walk-view';

const LatentScene = lazy(() => import('../charts/latent-scene'));

const kCells = 128;
const kLatentExamples = 300;

export function ExploreView(props: WalkProps) {
  const { job, snapshot, settings, onSettings } = props;
  const asked = useWalk(job, snapshot, settings);
  const original = asked.prediction?.label;
  const { target } = asked;
  const { value, refusal, isRunning } = useStream<Exploration>(asked.key, (signal) =>
    explore(job.id, snapshot, settings.start, target ?? 0, {}, signal),
  );
  const steps = useMemo(() => value?.steps ?? [], [value]);
  const place = placeOnWalk(props, steps.length);
  const columns = useMemo<Columns>(
    () => [
      steps.map(({ step }) => step),
      ...[original, target].map((label) =>
        steps.map(({ probabilities }) => probabilities[label ?? -1] ?? null),
      ),
    ],
    [steps, original, target],
  );
  const { at } = place;
  return (
    <WalkView
      {...props}
      asked={asked}
      place={place}
      refusal={refusal}
      isRunning={isRunning}
      outcome={value?.result && outcomeOf(value.result, target)}
      doing="Following the gradient …"
    >
      {job.imageShape === undefined ? (
        <PathInPlane
          job={job}
          snapshot={snapshot}
          walk={value}
          at={at}
          onStart={(values) =>
            onSettings({ ...settings, start: { kind: 'values', values }, step: null })
          }
        />
      ) : (
        <PictureOnTheWay walk={value} at={at} />
      )}
      {job.model === 'mlp' && job.imageShape === undefined && (
        <PathInLatentSpace job={job} snapshot={snapshot} walk={value} at={at} />
      )}
      <WalkProbabilities asked={asked} columns={columns} place={place} />
    </WalkView>
  );
}

function outcomeOf(result: ExploreResult, target: number | undefined): string {
  return result.flipStep === undefined
    ? `Class ${target ?? ''} never leads within ${formatCount(result.steps)} steps; the model still sees class ${result.finalLabel}.`
    : `Class ${result.finalLabel} leads from step ${formatCount(result.flipStep)} on; the walk goes on for as long again.`;
}

function PathInPlane({
  job,
  snapshot,
  walk,
  at,
  onStart,
}: {
  job: ViewedJob;
  snapshot: number;
  walk: Exploration | undefined;
  at: number;
  onStart: (values: number[]) => void;
}) {
  const data = useAnswer(`${job.id} data`, (signal) => dataOf(job, signal));
  const grid = useSnapshotAnswer<Grid>(`${job.id} grid`, snapshot, (index, signal) =>
    decisionGrid(job.id, index, kCells, { x: 0, y: 1 }, signal),
  );
  const points = useMemo(() => {
    const examples = data.value?.examples;
    return examples === undefined ? [] : pointsOf(examples.inputs, examples.width, examples.labels);
  }, [data.value]);
  const path = useMemo(
    () => (walk?.steps ?? []).map(({ inputs }) => ({ x: inputs[0] ?? 0, y: inputs[1] ?? 0 })),
    [walk],
  );
  // What is shown: the grid the server chooses, or more where the walk leads out of it.
  const extents = useMemo(() => {
    const ends = (axis: 'x' | 'y') => {
      const extent = grid.value?.[axis];
      const here = path.map((each) => each[axis]);
      // With room for the mark of where one stands.
      const margin = extent === undefined ? 0 : 0.04 * (extent.max - extent.min);
      const isInside =
        extent !== undefined &&
        here.every((each) => each >= extent.min + margin && each <= extent.max - margin);
      return isInside
        ? extent
        : covering([...(extent === undefined ? [] : [extent.min, extent.max]), ...here], 0.04);
    };
    return { x: ends('x'), y: ends('y') };
  }, [grid.value, path]);
  const isWider =
    grid.value !== undefined && (extents.x !== grid.value.x || extents.y !== grid.value.y);
  const widerGrid = useSnapshotAnswer<Grid>(
    isWider ? `${job.id} grid ${JSON.stringify(extents)}` : null,
    snapshot,
    (index, signal) => decisionGrid(job.id, index, kCells, { x: 0, y: 1 }, signal, extents),
  );
  const shownGrid = (isWider ? widerGrid.value : undefined) ?? grid.value;
  const plane = useMemo(
    () => ({
      ...extents,
      xName: 'x0',
      yName: 'x1',
      grid: shownGrid,
      points,
      ringed: [],
      path,
      pinned: path[at],
    }),
    [extents, shownGrid, points, path, at],
  );
  const figure = useCallback(
    (width: number, height: number, ink: Ink) => ({
      ...planeFigure(width, height, plane, ink),
      area: planeArea(width, height, ink),
    }),
    [plane],
  );
  const base = grid.value?.baseInputs ?? [];
  return (
    <figure className="walk-figure">
      <FigureCanvas
        label={`The way through the input space, ${path.length} points`}
        figure={figure}
        isStale={grid.refusal !== undefined}
        onPoint={({ area }, x, y) => {
          const isInside = x >= area.left && x <= area.right && y >= area.top && y <= area.bottom;
          if (!isInside || base.length === 0) return;
          onStart([
            Number(valueAt(x, plane.x, area.left, area.right).toPrecision(4)),
            Number(valueAt(y, plane.y, area.bottom, area.top).toPrecision(4)),
            ...base.slice(2),
          ]);
        }}
      />
      <figcaption>
        input space
        <span className="note">touch it to start there</span>
      </figcaption>
    </figure>
  );
}

function PathInLatentSpace({
  job,
  snapshot,
  walk,
  at,
}: {
  job: ViewedJob;
  snapshot: number;
  walk: Exploration | undefined;
  at: number;
}) {
  const [azimuth, turn] = useAzimuth();
  const units = job.hiddenUnits.at(-1) ?? 0;
  // Asked once the way is complete: until then it would be asked for each part of it.
  const isComplete = walk?.result !== undefined;
  const inputs = isComplete ? walk.steps.flatMap((step) => [...step.inputs]) : [];
  const answer = useAnswer<Latent>(
    isComplete ? `${job.id} ${snapshot} ${inputs.length} ${inputs[0]} ${inputs.at(-1)}` : null,
    (signal) => askLatent(job.id, snapshot, units, kLatentExamples, signal, inputs),
  );
  const latent = answer.value;
  return (
    <figure className="walk-figure">
      {latent === undefined ? (
        <div className="figure">
          <Notice>Asking how the hidden layer sees it …</Notice>
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
            showPlanes
            isStale={answer.refusal !== undefined}
            pathAt={at}
          />
        </Suspense>
      )}
      <figcaption>
        hidden layer
        <AzimuthSlider azimuth={azimuth} onAzimuth={turn} />
        {latent?.varianceShare !== undefined && (
          <span className="note">
            {latent.units} units on 3 components, {Math.round(latent.varianceShare * 100)} % of the
            variance
          </span>
        )}
      </figcaption>
    </figure>
  );
}

const kDot = { height: 1, width: 1, channels: 1 };

/** The picture at the start and where the walk has come to. */
function PictureOnTheWay({ walk, at }: { walk: Exploration | undefined; at: number }) {
  const figure = useCallback(
    (width: number, height: number, ink: Ink) => {
      const [first, here] = [walk?.steps[0], walk?.steps[at]];
      return tilesFigure(
        width,
        height,
        {
          shape: walk?.imageShape ?? kDot,
          tiles: [
            { values: first?.inputs ?? [], caption: 'start' },
            { values: here?.inputs ?? [], caption: `step ${at}` },
          ].filter(({ values }) => values.length > 0),
        },
        ink,
      );
    },
    [walk, at],
  );
  return (
    <figure className="walk-figure">
      <FigureCanvas label="The picture at the start and on the way" figure={figure} />
      <figcaption>
        input{' '}
        <span className="note">
          the gradient knows no bounds: values below 0 and above 1 are cut
        </span>
      </figcaption>
    </figure>
  );
}
