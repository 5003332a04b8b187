// How many numbers a network learns, by layer.

import { fromJson } from '@bufbuild/protobuf';
import { CapacityRequestSchema } from '../gen/percept/v1/inspect_service_pb';
import { inspection } from './clients';
import type { Question } from './demo';

export interface LayerCapacity {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: number;
  readonly biases: number;
  /** What follows it. */
  readonly activation: string;
}

export interface Capacity {
  readonly layers: readonly LayerCapacity[];
  readonly parameters: number;
  readonly bytes: number;
  readonly trainingExamples: number;
}

export async function capacity(question: Question, signal: AbortSignal): Promise<Capacity> {
  const answer = await inspection.capacity(fromJson(CapacityRequestSchema, question), { signal });
  return {
    layers: answer.layers.map((layer) => ({
      name: layer.name,
      inputs: layer.inputs,
      outputs: layer.outputs,
      weights: Number(layer.weights),
      biases: Number(layer.biases),
      activation: layer.activation,
    })),
    parameters: Number(answer.parameterCount),
    bytes: Number(answer.parameterBytes),
    trainingExamples: Number(answer.trainingExamples),
  };
}
