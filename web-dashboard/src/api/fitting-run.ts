// A run of given settings: one that there is, or else one that is trained for it.

import { create, toJson } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { JobSpecSchema } from '../gen/percept/v1/job_pb';
import type { Question } from './demo';
import { createJob, listJobs } from './jobs';
import type { Job, Setting } from './model';
import type { Preset } from './presets';
import { newRequestId } from './request-id';
import { commandOf, settingsOf } from './settings';
import { ensureDataset } from './train-preset';

/** What is to be trained: a preset, or what a page makes of one. */
export type Plan = Pick<Preset, 'dataset' | 'source' | 'from' | 'spec'>;

function specOf(plan: Plan, seed: number) {
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
export function planRequest(plan: Plan, seed: number): Question {
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

/** The newest that has succeeded, else one that is on its way. */
export async function findRun(
  plan: Plan,
  seed: number,
  signal: AbortSignal,
): Promise<Job | undefined> {
  const wanted = settingsOf(specOf(plan, seed));
  const { jobs } = await listJobs(`dataset=${plan.dataset}`, '', signal);
  const fitting = jobs.filter((job) => fits(wanted, job.settings));
  return (
    fitting.find((job) => job.state === 'succeeded') ??
    fitting.find((job) => job.state === 'running' || job.state === 'queued')
  );
}

export interface FittingRun {
  readonly job: Job;
  /** Whether it was there before anybody asked for it here. */
  readonly wasFound: boolean;
}

/** Names a submission by what it is, so that a class that opens a page at once trains it once. */
function sharedRequestId(command: string): string {
  let hash = 0x811c9dc5;
  for (const character of command) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return `lesson-${hash.toString(16).padStart(8, '0')}`;
}

export async function findOrTrain(
  plan: Plan,
  seed: number,
  signal: AbortSignal,
): Promise<FittingRun> {
  const found = await findRun(plan, seed, signal);
  if (found !== undefined) return { job: found, wasFound: true };
  await ensureDataset(plan);
  const spec = { ...plan.spec, dataset: `datasets/${plan.dataset}`, seed: BigInt(seed) };
  try {
    const job = await createJob(spec, sharedRequestId(planCommand(plan, seed)));
    if (job.state !== 'failed' && job.state !== 'cancelled') return { job, wasFound: false };
  } catch (error) {
    if (ConnectError.from(error).code !== Code.AlreadyExists) throw error;
  }
  return { job: await createJob(spec, newRequestId()), wasFound: false };
}
