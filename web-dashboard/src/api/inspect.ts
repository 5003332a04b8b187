// Questions about a model at one moment, in the form that charts draw from.

import { Split as WireSplit } from '../gen/percept/v1/dataset_pb';
import type { Prediction as WirePrediction } from '../gen/percept/v1/inspect_service_pb';
import { inspection } from './clients';
import { shapeOf, splitOf } from './convert';
import { readExamples } from './datasets';
import type { ImageShape, Split } from './model';
import type { Extent } from '../scale';

export interface Prediction {
  readonly label: number;
  readonly probabilities: readonly number[];
  readonly trueLabel?: number;
  readonly exampleIndex?: number;
}

export interface BoundaryLine {
  readonly label: number;
  readonly weightX: number;
  readonly weightY: number;
  readonly offset: number;
}

/** Predicted classes over a rectangle; `labels` and `confidence` are [rows, columns], lowest y first. */
export interface Grid {
  readonly index: number;
  readonly x: Extent;
  readonly y: Extent;
  readonly columns: number;
  readonly rows: number;
  readonly labels: Uint8Array;
  readonly confidence: Uint8Array;
  readonly lines: readonly BoundaryLine[];
  readonly classes: number;
  readonly xInput: number;
  readonly yInput: number;
  readonly baseInputs: readonly number[];
}

export interface WeightImage {
  readonly unit: number;
  readonly weights: readonly number[];
  readonly bias?: number;
}

export interface WeightImages {
  readonly index: number;
  readonly layer: number;
  readonly shape: ImageShape;
  readonly images: readonly WeightImage[];
  readonly units: number;
  /** Largest weight by magnitude, over all of them. */
  readonly largest: number;
  readonly min: number;
  readonly max: number;
}

/** The examples about to be trained on; `inputs` is [predictions.length, width]. */
export interface Batch {
  readonly index: number;
  readonly inputs: readonly number[];
  readonly width: number;
  readonly predictions: readonly Prediction[];
  readonly imageShape?: ImageShape;
  readonly batchSize: number;
}

/** Pictures of the split it is measured on, with what the model makes of them; as a batch. */
export async function examplePictures(
  job: string,
  dataset: string,
  index: number,
  most: number,
  signal: AbortSignal,
): Promise<Batch> {
  const answer = await inspection.predict(
    {
      snapshot: snapshotName(job, index),
      inputs: { case: 'examples', value: { maxExamples: most } },
    },
    { signal },
  );
  const split = splitOf(answer.predictions[0]?.split ?? WireSplit.VALIDATION);
  const examples = await readExamples(dataset, split, 0, most, signal);
  return {
    index: Number(answer.snapshotIndex),
    inputs: [...examples.inputs],
    width: examples.width,
    predictions: answer.predictions.map(predictionOf),
    imageShape: shapeOf(answer.imageShape),
    batchSize: answer.predictions.length,
  };
}

export interface LatentPlane {
  readonly label: number;
  readonly weights: readonly number[];
  readonly offset: number;
}

/** Examples as a hidden layer sees them: `coordinates` is [predictions.length, dimensions]. */
export interface Latent {
  readonly index: number;
  readonly layer: number;
  readonly units: number;
  readonly dimensions: number;
  readonly coordinates: readonly number[];
  readonly predictions: readonly Prediction[];
  readonly planes: readonly LatentPlane[];
  readonly range?: Extent;
  /** Share of the variance on the axes, where activations were projected. */
  readonly varianceShare?: number;
  /** Of the further points asked about, [points, dimensions]. */
  readonly pointCoordinates: readonly number[];
}

export interface Confusion {
  readonly index: number;
  readonly split: Split;
  readonly classes: number;
  /** [classes, classes], true class by predicted class. */
  readonly counts: readonly number[];
  readonly accuracy: number;
  readonly loss: number;
  readonly recalls: readonly (number | undefined)[];
  readonly mistakes: readonly {
    exampleIndex: number;
    trueLabel: number;
    predictedLabel: number;
    confidence: number;
  }[];
}

/** Which of a job's snapshots: by its index, the newest, or the one that did best in validation. */
export type SnapshotIndex = number | 'last' | 'best';

export function snapshotName(job: string, index: SnapshotIndex): string {
  return `jobs/${job}/snapshots/${index}`;
}

export function predictionOf(prediction: WirePrediction): Prediction {
  return {
    label: prediction.label,
    probabilities: prediction.probabilities,
    trueLabel: prediction.trueLabel,
    exampleIndex:
      prediction.exampleIndex === undefined ? undefined : Number(prediction.exampleIndex),
  };
}

export async function decisionGrid(
  job: string,
  index: number,
  cells: number,
  inputs: { x: number; y: number } | undefined,
  signal: AbortSignal,
  /** By default a little more than the training split's. */
  extents?: { readonly x: Extent; readonly y: Extent },
): Promise<Grid> {
  const answer = await inspection.decisionGrid(
    {
      snapshot: snapshotName(job, index),
      columns: cells,
      rows: cells,
      xInput: inputs?.x,
      yInput: inputs?.y,
      xRange: extents?.x,
      yRange: extents?.y,
    },
    { signal },
  );
  return {
    index: Number(answer.snapshotIndex),
    x: { min: answer.xRange?.min ?? 0, max: answer.xRange?.max ?? 1 },
    y: { min: answer.yRange?.min ?? 0, max: answer.yRange?.max ?? 1 },
    columns: answer.columns,
    rows: answer.rows,
    labels: answer.labels,
    confidence: answer.confidence,
    lines: answer.lines.map(({ label, weightX, weightY, offset }) => ({
      label,
      weightX,
      weightY,
      offset,
    })),
    classes: answer.classes,
    xInput: answer.xInput,
    yInput: answer.yInput,
    baseInputs: answer.baseInputs,
  };
}

export async function weightImages(
  job: string,
  index: number,
  layer: number,
  signal: AbortSignal,
): Promise<WeightImages> {
  const answer = await inspection.weightImages(
    { snapshot: snapshotName(job, index), layer, maxUnits: 64 },
    { signal },
  );
  const ranges = answer.images.map(({ range }) => range ?? { min: 0, max: 0 });
  const min = Math.min(...ranges.map((range) => range.min));
  const max = Math.max(...ranges.map((range) => range.max));
  return {
    index: Number(answer.snapshotIndex),
    layer: answer.layer,
    shape: shapeOf(answer.shape) ?? { height: 1, width: 1, channels: 1 },
    images: answer.images.map(({ unit, weights, bias }) => ({ unit, weights, bias })),
    units: answer.units,
    largest: Math.max(Math.abs(min), Math.abs(max)),
    min,
    max,
  };
}

export async function batch(
  job: string,
  index: number,
  most: number,
  signal: AbortSignal,
): Promise<Batch> {
  const answer = await inspection.batch(
    { snapshot: snapshotName(job, index), maxExamples: most },
    { signal },
  );
  const count = answer.predictions.length;
  return {
    index: Number(answer.snapshotIndex),
    inputs: answer.inputs,
    width: count === 0 ? 0 : answer.inputs.length / count,
    predictions: answer.predictions.map(predictionOf),
    imageShape: shapeOf(answer.imageShape),
    batchSize: answer.batchSize,
  };
}

const kMostAxes = 3;

export async function latent(
  job: string,
  index: number,
  units: number,
  most: number,
  signal: AbortSignal,
  points: readonly number[] = [],
): Promise<Latent> {
  const answer = await inspection.latent(
    {
      snapshot: snapshotName(job, index),
      examples: { maxExamples: most },
      points: points.length === 0 ? undefined : { values: [...points] },
      components: units > kMostAxes ? kMostAxes : 0,
    },
    { signal },
  );
  const projection = answer.projection;
  const planes = projection?.planes ?? answer.planes;
  return {
    index: Number(answer.snapshotIndex),
    layer: answer.layer,
    units: answer.units,
    dimensions: projection?.components ?? answer.units,
    coordinates: projection?.exampleCoordinates ?? answer.exampleActivations,
    predictions: answer.examplePredictions.map(predictionOf),
    planes: planes.map(({ label, weights, offset }) => ({ label, weights, offset })),
    range:
      projection === undefined && answer.activationRange !== undefined
        ? { min: answer.activationRange.min, max: answer.activationRange.max }
        : undefined,
    varianceShare: projection?.varianceShares.reduce((sum, share) => sum + share, 0),
    pointCoordinates: projection?.pointCoordinates ?? answer.pointActivations,
  };
}

export async function confusion(
  job: string,
  index: number,
  signal: AbortSignal,
): Promise<Confusion> {
  const answer = await inspection.confusionMatrix(
    { snapshot: snapshotName(job, index), maxMistakes: 8 },
    { signal },
  );
  return {
    index: Number(answer.snapshotIndex),
    split: splitOf(answer.split),
    classes: answer.classes,
    counts: answer.counts.map(Number),
    accuracy: answer.accuracy,
    loss: answer.loss,
    recalls: answer.classMeasures.map(({ recall }) => recall),
    mistakes: answer.mistakes.map((mistake) => ({
      exampleIndex: Number(mistake.exampleIndex),
      trueLabel: mistake.trueLabel,
      predictedLabel: mistake.predictedLabel,
      confidence: mistake.confidence,
    })),
  };
}
