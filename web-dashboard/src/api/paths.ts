// Walks away from an example, streamed a few steps at a time: towards another class, or towards a
// picture that the model takes for another class.

import type {
  AttackStep as WireAttackStep,
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
export interface Exploration {
  readonly index: number;
  readonly steps: readonly ExploreStep[];
  readonly result?: ExploreResult;
  readonly imageShape?: ImageShape;
}

export interface ExploreOptions {
  readonly stepSize?: number;
  readonly maxSteps?: number;
}

function exploreStepOf({ step, inputs, probabilities }: WireExploreStep): ExploreStep {
  return { step, inputs, probabilities };
}

/** Follows the gradient on the input towards `target`; each value holds all that has come. */
export async function* explore(
  job: string,
  snapshot: SnapshotIndex,
  start: Start,
  target: number,
  options: ExploreOptions,
  signal: AbortSignal,
): AsyncGenerator<Exploration> {
  let steps: readonly ExploreStep[] = [];
  let imageShape: ImageShape | undefined;
  for await (const message of inspection.explore(
    {
      snapshot: snapshotName(job, snapshot),
      start: wireStart(start),
      targetLabel: target,
      ...options,
    },
    { signal },
  )) {
    steps = [...steps, ...message.steps.map(exploreStepOf)];
    imageShape = shapeOf(message.imageShape) ?? imageShape;
    const result = message.result;
    yield {
      index: Number(message.snapshotIndex),
      steps,
      imageShape,
      result: result && {
        flipStep: result.flipStep,
        steps: result.steps,
        originalLabel: result.originalLabel,
        finalLabel: result.finalLabel,
      },
    };
  }
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

export interface Attack {
  readonly index: number;
  readonly steps: readonly AttackStep[];
  readonly result?: AttackResult;
  readonly imageShape?: ImageShape;
}

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

/** Looks for the smallest change that makes the model see `target`; each value holds all that has come. */
export async function* attack(
  job: string,
  snapshot: SnapshotIndex,
  start: Start,
  target: number,
  options: AttackOptions,
  signal: AbortSignal,
): AsyncGenerator<Attack> {
  let steps: readonly AttackStep[] = [];
  let imageShape: ImageShape | undefined;
  for await (const message of inspection.attack(
    {
      snapshot: snapshotName(job, snapshot),
      start: wireStart(start),
      targetLabel: target,
      ...options,
    },
    { signal },
  )) {
    steps = [...steps, ...message.steps.map(attackStepOf)];
    imageShape = shapeOf(message.imageShape) ?? imageShape;
    const result = message.result;
    yield {
      index: Number(message.snapshotIndex),
      steps,
      imageShape,
      result: result && {
        succeeded: result.succeeded,
        originalLabel: result.originalLabel,
        finalLabel: result.finalLabel,
        rmsDifference: result.rmsDifference,
        steps: result.steps,
      },
    };
  }
}
