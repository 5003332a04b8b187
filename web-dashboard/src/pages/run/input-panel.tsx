// What the model sees: the plane of its inputs with the regions it has made of it, or the pictures it
// is about to learn from.

import { useCallback, useEffect, useMemo, useState } from 'react';
import { batch as askBatch, decisionGrid, examplePictures } from '../../api/inspect';
import type { Batch, Grid } from '../../api/inspect';
import type { Job } from '../../api/model';
import { predictAt } from '../../api/predict';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import { planeArea, planeFigure } from '../../charts/plane-figure';
import type { PlaneData } from '../../charts/plane-figure';
import type { Figure } from '../../charts/surface';
import { tilesFigure } from '../../charts/tiles-figure';
import { formatCount } from '../../format';
import { covering, valueAt } from '../../scale';
import type { Extent } from '../../scale';
import { useSnapshotAnswer } from '../../state/use-snapshot-answer';
import { useAnswer } from '../../ui/hooks';
import { ClassMark, Notice, Refused } from '../../ui/parts';
import { useParameter } from '../../ui/router';
import { dataOf, pointsOf } from '../../views/points';
import { Probabilities } from '../../views/probabilities';

const kMostBatchPoints = 100;
const kPictures = 20;
const kCells = 128;
const kDot = { height: 1, width: 1, channels: 1 };

interface Props {
  readonly job: Job;
  readonly index: number;
  readonly step: number;
  readonly figureRef: { current: (() => Figure | null) | null };
  /** In place of what it is, where several stand side by side. */
  readonly title?: string;
  /** The part of the plane to show, if not where the data lie. */
  readonly extents?: { readonly x: Extent; readonly y: Extent };
}

export function InputPanel(props: Props) {
  return props.job.imageShape === undefined ? (
    <PlanePanel {...props} />
  ) : (
    <PicturePanel {...props} />
  );
}

function parsePoint(text: string | null): { x: number; y: number } | undefined {
  const [x, y] = (text ?? '').split(',').map(Number);
  return text !== null && Number.isFinite(x) && Number.isFinite(y)
    ? { x: x ?? 0, y: y ?? 0 }
    : undefined;
}

function PlanePanel({ job, index, step, figureRef, title = 'Input space', extents }: Props) {
  const data = useAnswer(`${job.id} data`, (signal) => dataOf(job, signal));
  const [showsBatch, setShowsBatch] = useParameter('batch');
  const [pointText, setPointText] = useParameter('point');
  const pinned = useMemo(() => parsePoint(pointText), [pointText]);
  const grid = useSnapshotAnswer<Grid>(
    `${job.id} grid`,
    index,
    (at, signal) => decisionGrid(job.id, at, kCells, { x: 0, y: 1 }, signal, extents),
    step,
  );
  const isPerceptron = job.model === 'perceptron';
  const wantsBatch = isPerceptron || showsBatch === '1';
  const current = useSnapshotAnswer<Batch>(
    wantsBatch ? `${job.id} batch` : null,
    index,
    (at, signal) => askBatch(job.id, at, kMostBatchPoints, signal),
  );
  const base = grid.value?.baseInputs;
  const pinnedValues =
    pinned === undefined || base === undefined ? null : [pinned.x, pinned.y, ...base.slice(2)];
  const prediction = useSnapshotAnswer(
    pinnedValues === null ? null : `${job.id} ${pinnedValues.join()}`,
    index,
    (at, signal) => predictAt(job.id, at, { kind: 'values', values: pinnedValues ?? [] }, signal),
  );

  const points = useMemo(() => {
    const examples = data.value?.examples;
    return examples === undefined ? [] : pointsOf(examples.inputs, examples.width, examples.labels);
  }, [data.value]);
  const ringed = useMemo(() => {
    const value = wantsBatch ? current.value : undefined;
    return value === undefined
      ? []
      : pointsOf(
          value.inputs,
          value.width,
          value.predictions.map(({ trueLabel, label }) => trueLabel ?? label),
        );
  }, [current.value, wantsBatch]);
  const plane = useMemo<PlaneData>(
    () => ({
      x:
        grid.value?.x ??
        covering(
          points.map((point) => point.x),
          0.1,
        ),
      y:
        grid.value?.y ??
        covering(
          points.map((point) => point.y),
          0.1,
        ),
      xName: 'x0',
      yName: 'x1',
      grid: grid.value,
      points,
      ringed,
      pinned,
    }),
    [grid.value, points, ringed, pinned],
  );
  const figure = useCallback(
    (width: number, height: number, ink: Ink) => {
      return { ...planeFigure(width, height, plane, ink), area: planeArea(width, height, ink) };
    },
    [plane],
  );
  const classes = data.value?.dataset.classes ?? 0;
  const refusal = grid.refusal ?? data.refusal;
  return (
    <section className="panel input-panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <ul className="legend" aria-label="Classes">
          {Array.from({ length: Math.min(classes, 10) }, (_, label) => (
            <li key={label}>
              <ClassMark label={label} />{' '}
              {isPerceptron ? (label === 1 ? 'positive' : 'negative') : `class ${label}`}
            </li>
          ))}
        </ul>
        {isPerceptron ? (
          <span className="note">ringed: what caused this change</span>
        ) : (
          <label className="choice">
            <input
              type="checkbox"
              checked={showsBatch === '1'}
              onChange={(event) => setShowsBatch(event.target.checked ? '1' : null)}
            />{' '}
            ring the batch
          </label>
        )}
      </header>
      <FigureCanvas
        label={`${points.length} ${data.value?.split ?? ''} examples and the regions where the model sees each class`}
        figure={figure}
        figureRef={figureRef}
        isStale={grid.refusal !== undefined}
        onPoint={({ area }, x, y) => {
          const at = {
            x: valueAt(x, plane.x, area.left, area.right),
            y: valueAt(y, plane.y, area.bottom, area.top),
          };
          const inside = x >= area.left && x <= area.right && y >= area.top && y <= area.bottom;
          setPointText(inside ? `${at.x.toPrecision(4)},${at.y.toPrecision(4)}` : null);
        }}
      />
      {refusal !== undefined && <Refused refusal={refusal} />}
      {pinned !== undefined && !isPerceptron && (
        <div className="pinned">
          <Probabilities
            prediction={prediction.value}
            title={`at (${pinned.x.toPrecision(3)}, ${pinned.y.toPrecision(3)})`}
          />
          <button type="button" className="quiet" onClick={() => setPointText(null)}>
            take the point away
          </button>
        </div>
      )}
    </section>
  );
}

function PicturePanel({ job, index, step, figureRef }: Props) {
  const answer = useSnapshotAnswer<Batch>(
    `${job.id} pictures`,
    index,
    (at, signal) => askBatch(job.id, at, kPictures, signal),
    step,
  );
  const [picked, setPicked] = useState(0);
  const isPerceptron = job.model === 'perceptron';
  // When training is over no batch comes next, and what it is measured on is more telling.
  const isOver =
    !isPerceptron && answer.value !== undefined && answer.value.predictions.length === 0;
  const measured = useSnapshotAnswer<Batch>(
    isOver ? `${job.id} measured` : null,
    index,
    (at, signal) => examplePictures(job.id, job.dataset, at, kPictures, signal),
  );
  const batch = isOver ? measured.value : answer.value;
  useEffect(() => setPicked(0), [batch?.index]);
  const { height: rows, width: columns, channels } = job.imageShape ?? kDot;
  const tiles = useMemo(
    () =>
      (batch?.predictions ?? []).map((prediction, i) => ({
        values: (batch?.inputs ?? []).slice(i * (batch?.width ?? 0), (i + 1) * (batch?.width ?? 0)),
        caption: `${prediction.trueLabel ?? ''}${prediction.label === prediction.trueLabel ? '' : ` → ${prediction.label}`}`,
        isMarked: prediction.label !== prediction.trueLabel,
      })),
    [batch],
  );
  const figure = useCallback(
    (width: number, height: number, ink: Ink) =>
      tilesFigure(width, height, { shape: { height: rows, width: columns, channels }, tiles }, ink),
    [rows, columns, channels, tiles],
  );
  const prediction = batch?.predictions[picked];
  const isEmpty = batch !== undefined && batch.predictions.length === 0;
  return (
    <section className="panel input-panel" aria-label="Input pictures">
      <header>
        <h2>
          {isPerceptron
            ? 'The cause of this change'
            : isOver
              ? 'Pictures it is measured on'
              : 'Batch about to be trained on'}
        </h2>
        {batch !== undefined && batch.batchSize > tiles.length && (
          <span className="note">
            {tiles.length} of {formatCount(batch.batchSize)}
          </span>
        )}
        {!isPerceptron && <span className="note">outlined: taken for another class</span>}
      </header>
      {isEmpty ? (
        <Notice>
          {isPerceptron
            ? 'No example has caused a change here: changes are at the snapshots between.'
            : 'There is no batch here.'}
        </Notice>
      ) : (
        <FigureCanvas
          label={`${tiles.length} pictures of the batch`}
          figure={figure}
          figureRef={figureRef}
          isStale={(measured.refusal ?? answer.refusal) !== undefined}
          onPoint={(tilesShown, x, y) => setPicked(Math.max(0, tilesShown.tileAt(x, y)))}
        />
      )}
      {answer.refusal !== undefined && <Refused refusal={answer.refusal} />}
      {prediction !== undefined && !isPerceptron && (
        <div className="pinned">
          <Probabilities
            prediction={prediction}
            title={`picture ${picked + 1}, a ${prediction.trueLabel ?? '?'}: touch another to ask about it`}
          />
        </div>
      )}
    </section>
  );
}
