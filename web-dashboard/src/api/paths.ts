// Walks away from an example, streamed a few steps at a time: towards another class, or towards a
// picture that the model takes for another class.

import type { ImageShape as WireShape } from '../gen/percept/v1/dataset_pb';
import type {
  AttackResult as WireAttackResult,
  AttackStep as WireAttackStep,
  ExploreResult as WireExploreResult,
  ExploreStep as WireExploreStep,
} from '../gen/percept/v1/inspect_service_pb';
import { inspection } from './clients';
import { shapeOf } from './convert';
import { snapshotName } from './inspect';
import type { SnapshotIndex } from './inspect';
import type { ImageShape } from './model';
import { wireExample } from './predict';
import type { Start } from './predict';

function wireStart(start: Start) {
  return start.kind === 'example'
    ? {
        point: {
          case: 'example' as const,
          value: wireExample(start),
        },
      }
    : { point: { case: 'values' as const, value: { values: [...start.values] } } };
}

export interface ExploreStep {
  readonly step: number;
  readonly inputs: readonly number[];
  readonly probabilities: readonly number[];
}

export interface ExploreResult {
  /** First step at which the target leads; undefined where it never does. */
  readonly flipStep?: number;
  readonly steps: number;
  readonly originalLabel: number;
  readonly finalLabel: number;
}

/** What has come so far; complete once there is a result. */
export interface Walk<Step, Result> {
  readonly index: number;
  readonly steps: readonly Step[];
  readonly result?: Result;
  readonly imageShape?: ImageShape;
}
export type Exploration = Walk<ExploreStep, ExploreResult>;

interface WireWalk<Step, Result> {
  readonly snapshotIndex: bigint;
  readonly steps: readonly Step[];
  readonly imageShape?: WireShape;
  readonly result?: Result;
}

/** Gathers what a stream brings; each value holds all that has come. */
async function* gathered<WireStep, WireResult, Step, Result>(
  messages: AsyncIterable<WireWalk<WireStep, WireResult>>,
  stepOf: (step: WireStep) => Step,
  resultOf: (result: WireResult) => Result,
): AsyncGenerator<Walk<Step, Result>> {
  let steps: readonly Step[] = [];
  let imageShape: ImageShape | undefined;
  for await (const message of messages) {
    steps = [...steps, ...message.steps.map(stepOf)];
    imageShape = shapeOf(message.imageShape) ?? imageShape;
    const result = message.result && resultOf(message.result);
    yield { index: Number(message.snapshotIndex), steps, imageShape, result };
  }
}

export interface ExploreOptions {
  readonly stepSize?: number;
  readonly maxSteps?: number;
}

function exploreStepOf({ step, inputs, probabilities }: WireExploreStep): ExploreStep {
  return { step, inputs, probabilities };
}

/** Follows the gradient on the input towards `target`. */
export function explore(
  job: string,
  snapshot: SnapshotIndex,
  start: Start,
  target: number,
  options: ExploreOptions,
  signal: AbortSignal,
): AsyncGenerator<Exploration> {
  const request = {
    snapshot: snapshotName(job, snapshot),
    start: wireStart(start),
    targetLabel: target,
    ...options,
  };
  return gathered(
    inspection.explore(request, { signal }),
    exploreStepOf,
    ({ flipStep, steps, originalLabel, finalLabel }: WireExploreResult): ExploreResult => ({
      flipStep,
      steps,
      originalLabel,
      finalLabel,
    }),
  );
}

export interface AttackStep {
  readonly step: number;
  readonly targetProbability: number;
  readonly originalProbability: number;
  readonly objective: number;
  /** The altered picture; empty in steps that carry none. */
  readonly inputs: readonly number[];
}

export interface AttackResult {
  readonly succeeded: boolean;
  readonly originalLabel: number;
  readonly finalLabel: number;
  readonly rmsDifference: number;
  readonly steps: number;
}

export type Attack = Walk<AttackStep, AttackResult>;

export interface AttackOptions {
  readonly distanceWeight?: number;
  readonly learningRate?: number;
  readonly maxSteps?: number;
  /** Steps between pictures. */
  readonly imageEvery?: number;
}

function attackStepOf(step: WireAttackStep): AttackStep {
  return {
    step: step.step,
    targetProbability: step.targetProbability,
    originalProbability: step.originalProbability,
    objective: step.objective,
    inputs: step.inputs,
  };
}

/** Looks for the smallest change that makes the model see `target`. */
export function attack(
  job: string,
  snapshot: SnapshotIndex,
  start: Start,
  target: number,
  options: AttackOptions,
  signal: AbortSignal,
): AsyncGenerator<Attack> {
  const request = {
    snapshot: snapshotName(job, snapshot),
    start: wireStart(start),
    targetLabel: target,
    ...options,
  };
  return gathered(
    inspection.attack(request, { signal }),
    attackStepOf,
    ({
      succeeded,
      originalLabel,
      finalLabel,
      rmsDifference,
      steps,
    }: WireAttackResult): AttackResult => ({
      succeeded,
      originalLabel,
      finalLabel,
      rmsDifference,
      steps,
    }),
  );
}
