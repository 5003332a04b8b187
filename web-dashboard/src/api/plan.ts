// What is to be trained, as a command, as a request, and as what a run is held against.

import { create, toJson } from '@bufbuild/protobuf';
import type { JsonObject } from '@bufbuild/protobuf';
import { JobSpecSchema } from '../gen/percept/v1/job_pb';
import type { Setting } from './model';
import type { Preset } from './presets';
import { commandOf } from './settings';

/** What is to be trained: a preset, or what a page makes of one. */
export type Plan = Pick<Preset, 'dataset' | 'source' | 'from' | 'spec'>;

/** The same as the server takes it. */
export function specOf(plan: Plan, seed: number) {
  return create(JobSpecSchema, {
    ...plan.spec,
    dataset: `datasets/${plan.dataset}`,
    seed: BigInt(seed),
  });
}

/** The command that trains it, which also names it. */
export function planCommand(plan: Plan, seed: number): string {
  return commandOf(specOf(plan, seed));
}

/** The request that trains it. */
export function planRequest(plan: Plan, seed: number): JsonObject {
  return { spec: toJson(JobSpecSchema, specOf(plan, seed), { useProtoFieldName: true }) };
}

/** Whether a run did what is wanted: what is not said is left to the server's defaults. */
export function fits(wanted: readonly Setting[], run: readonly Setting[]): boolean {
  const values = new Map(run.map(({ name, value }) => [name, value]));
  return (
    !values.has('init_from') &&
    wanted.every(({ name, value }) => value === '' || values.get(name) === value)
  );
}
