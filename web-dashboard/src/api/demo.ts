// The small computations that explain an idea. A question is the request as JSON, in the contract's
// names: what a page shows as its code is what it sends.

import { fromJson } from '@bufbuild/protobuf';
import type { JsonObject } from '@bufbuild/protobuf';
import {
  BackpropExampleRequestSchema,
  CompareActivationsRequestSchema,
  CrossEntropyRequestSchema,
  DemoActivation,
  GradientFlowRequestSchema,
  ImageStructureRequestSchema,
  ManualClassifierRequestSchema,
  OptimizeScalarRequestSchema,
  ScheduleRequestSchema,
} from '../gen/percept/v1/demo_service_pb';
import { demos } from './clients';
import { shapeOf } from './convert';
import type { ImageShape } from './model';

export type Question = JsonObject;

export interface ScalarStep {
  readonly x: number;
  readonly value: number;
  readonly gradient: number;
  readonly velocity: number;
}

export interface Descent {
  readonly steps: readonly ScalarStep[];
  readonly diverged: boolean;
}

export async function optimizeScalar(question: Question, signal: AbortSignal): Promise<Descent> {
  return demos.optimizeScalar(fromJson(OptimizeScalarRequestSchema, question), { signal });
}

/** Names of the functions, in the order that pages offer them. */
export const kActivations = ['step', 'tanh', 'sigmoid', 'relu', 'gelu', 'identity'] as const;
export type ActivationName = (typeof kActivations)[number];

export function activationWord(name: ActivationName): string {
  return `DEMO_ACTIVATION_${name.toUpperCase()}`;
}

function activationName(activation: DemoActivation): ActivationName {
  const word = DemoActivation[activation].toLowerCase();
  return kActivations.find((name) => name === word) ?? 'identity';
}

export interface ActivationCurves {
  readonly x: readonly number[];
  readonly curves: readonly {
    readonly activation: ActivationName;
    readonly values: readonly number[];
    readonly derivatives: readonly number[];
  }[];
}

export async function compareActivations(
  question: Question,
  signal: AbortSignal,
): Promise<ActivationCurves> {
  const { x, curves } = await demos.compareActivations(
    fromJson(CompareActivationsRequestSchema, question),
    { signal },
  );
  return {
    x,
    curves: curves.map((curve) => ({
      activation: activationName(curve.activation),
      values: curve.values,
      derivatives: curve.derivatives,
    })),
  };
}

export interface Entropies {
  readonly entropyP: number;
  readonly entropyQ: number;
  readonly crossEntropy: number;
  readonly divergence: number;
  readonly terms: readonly number[];
}

export async function crossEntropy(question: Question, signal: AbortSignal): Promise<Entropies> {
  return demos.crossEntropy(fromJson(CrossEntropyRequestSchema, question), { signal });
}

export interface Backprop {
  readonly examples: number;
  readonly classes: number;
  readonly linear: readonly number[];
  readonly activated: readonly number[];
  readonly probabilities: readonly number[];
  readonly loss: number;
  readonly activatedGradient: readonly number[];
  readonly linearGradient: readonly number[];
  readonly weightGradient: readonly number[];
  readonly biasGradient: readonly number[];
  readonly inputGradient: readonly number[];
  readonly positiveCounts: readonly number[];
}

export async function backpropExample(question: Question, signal: AbortSignal): Promise<Backprop> {
  return demos.backpropExample(fromJson(BackpropExampleRequestSchema, question), { signal });
}

export interface RateCurve {
  readonly steps: readonly number[];
  readonly rates: readonly number[];
}

export async function schedule(question: Question, signal: AbortSignal): Promise<RateCurve> {
  const answer = await demos.schedule(fromJson(ScheduleRequestSchema, question), { signal });
  return { steps: answer.steps.map(Number), rates: answer.learningRates };
}

export interface FlowCurve {
  readonly activation: ActivationName;
  /** Of each layer, from the input on. */
  readonly norms: readonly number[];
}

export async function gradientFlow(
  question: Question,
  signal: AbortSignal,
): Promise<readonly FlowCurve[]> {
  const { curves } = await demos.gradientFlow(fromJson(GradientFlowRequestSchema, question), {
    signal,
  });
  return curves.map((curve) => ({
    activation: activationName(curve.activation),
    norms: curve.gradientNorms,
  }));
}

export interface ImageStructure {
  readonly shape: ImageShape;
  readonly random: Uint8Array;
  readonly photograph: Uint8Array;
  readonly shuffled: Uint8Array;
  readonly name: string;
  readonly attribution: string;
  readonly names: readonly string[];
}

export async function imageStructure(
  question: Question,
  signal: AbortSignal,
): Promise<ImageStructure> {
  const answer = await demos.imageStructure(fromJson(ImageStructureRequestSchema, question), {
    signal,
  });
  return {
    shape: shapeOf(answer.shape) ?? { height: 1, width: 1, channels: 3 },
    random: answer.randomPixels,
    photograph: answer.photographPixels,
    shuffled: answer.shuffledPixels,
    name: answer.photograph,
    attribution: answer.attribution,
    names: answer.photographs,
  };
}

export interface LineMeasure {
  readonly accuracy: number;
  /** [2, 2], true class by the line's. */
  readonly counts: readonly number[];
  readonly wrong: readonly number[];
}

export async function manualClassifier(
  question: Question,
  signal: AbortSignal,
): Promise<LineMeasure> {
  const answer = await demos.manualClassifier(fromJson(ManualClassifierRequestSchema, question), {
    signal,
  });
  return {
    accuracy: answer.accuracy,
    counts: answer.counts.map(Number),
    wrong: answer.wrongIndices.map(Number),
  };
}
