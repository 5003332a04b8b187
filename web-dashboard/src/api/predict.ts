// What a model makes of examples, points and pictures, and how it does on the test split.

import { fromJson } from '@bufbuild/protobuf';
import { Split as WireSplit } from '../gen/percept/v1/dataset_pb';
import { ImageInversion, PredictRequestSchema } from '../gen/percept/v1/inspect_service_pb';
import { inspection } from './clients';
import { shapeOf, splitOf, testEvaluationOf, wireSplit } from './convert';
import type { Question } from './demo';
import { predictionOf, snapshotName } from './inspect';
import type { Prediction, SnapshotIndex } from './inspect';
import type { ImageShape, Split, TestEvaluation } from './model';

/** The first examples of a split, as the model sees them. */
export interface ExamplePredictions {
  readonly split: Split;
  readonly predictions: readonly Prediction[];
}

/** Whether the light and the dark of a picture are turned about. */
export type PictureInversion = 'automatic' | 'inverted' | 'as it is';

export interface PictureAnswer {
  readonly index: number;
  readonly prediction: Prediction | undefined;
  /** The picture as the model saw it, in the layout of `shape`. */
  readonly seen: readonly number[];
  readonly shape: ImageShape;
  /** What was done to it first, in a few words each. */
  readonly preparation: readonly string[];
}

export interface TestAnswer {
  readonly evaluation: TestEvaluation;
  readonly examples: number;
  /** Evaluations of the job on record, this one included. */
  readonly evaluationCount: number;
}

/** Where a question begins: an example of the job's data set, or values as the model sees them. */
export type Start =
  | { readonly kind: 'example'; readonly index: number; readonly split?: Split }
  | { readonly kind: 'values'; readonly values: readonly number[] };

/** The same start has the same text. */
export function startKey(start: Start): string {
  return start.kind === 'example'
    ? `${start.split ?? ''} ${start.index}`
    : `at ${start.values.join()}`;
}

/** As the contract has it. */
export function wireExample({ split, index }: { split?: Split; index: number }) {
  return {
    split: split === undefined ? WireSplit.UNSPECIFIED : wireSplit(split),
    indices: [BigInt(index)],
  };
}

/** What the model makes of one example or point. */
export async function predictAt(
  job: string,
  index: SnapshotIndex,
  start: Start,
  signal: AbortSignal,
): Promise<Prediction | undefined> {
  const answer = await inspection.predict(
    {
      snapshot: snapshotName(job, index),
      inputs:
        start.kind === 'example'
          ? { case: 'examples', value: wireExample(start) }
          : { case: 'values', value: { values: [...start.values] } },
    },
    { signal },
  );
  return answer.predictions.map(predictionOf)[0];
}

/** What the model makes of the one input of a request as JSON. */
export async function askPredict(
  question: Question,
  signal: AbortSignal,
): Promise<Prediction | undefined> {
  const answer = await inspection.predict(fromJson(PredictRequestSchema, question), { signal });
  return answer.predictions.map(predictionOf)[0];
}

/** What the model makes of the first examples of a split, by default the one it is measured on. */
export async function predictExamples(
  job: string,
  index: number,
  most: number,
  signal: AbortSignal,
  split?: Split,
): Promise<ExamplePredictions> {
  const answer = await inspection.predict(
    {
      snapshot: snapshotName(job, index),
      inputs: {
        case: 'examples',
        value: {
          maxExamples: most,
          split: split === undefined ? WireSplit.UNSPECIFIED : wireSplit(split),
        },
      },
    },
    { signal },
  );
  return {
    split: splitOf(answer.predictions[0]?.split ?? WireSplit.VALIDATION),
    predictions: answer.predictions.map(predictionOf),
  };
}

/** What the model makes of a picture that somebody brings, and what was done to it before. */
export async function predictPicture(
  job: string,
  index: number,
  picture: Uint8Array,
  inversion: PictureInversion,
  signal: AbortSignal,
): Promise<PictureAnswer> {
  const answer = await inspection.predict(
    {
      snapshot: snapshotName(job, index),
      inputs: {
        case: 'image',
        value: {
          data: picture,
          ...(inversion === 'automatic'
            ? { inversion: ImageInversion.AUTOMATIC }
            : { invert: inversion === 'inverted' }),
        },
      },
    },
    { signal },
  );
  return {
    index: Number(answer.snapshotIndex),
    prediction: answer.predictions.map(predictionOf)[0],
    seen: answer.imageInputs,
    shape: shapeOf(answer.imageShape) ?? { height: 1, width: 1, channels: 1 },
    preparation: answer.imagePreparation?.steps ?? [],
  };
}

/**
 * Measures a snapshot on the test split, which the server puts on record. Nothing but a person's
 * deliberate act may lead here.
 */
export async function evaluateTest(job: string, index: number): Promise<TestAnswer> {
  const answer = await inspection.evaluateTest({ snapshot: snapshotName(job, index) });
  return {
    evaluation: testEvaluationOf(answer.evaluation),
    examples: Number(answer.examples),
    evaluationCount: answer.evaluationCount,
  };
}
