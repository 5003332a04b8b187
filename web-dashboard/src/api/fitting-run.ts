// A run of given settings: one that there is, or else one that is trained for it.

import { Code, ConnectError } from '@connectrpc/connect';
import { createJob, listJobs } from './jobs';
import type { Job, JobState } from './model';
import { fits, planCommand, specOf } from './plan';
import type { Plan } from './plan';
import { newRequestId } from './request-id';
import { settingsOf } from './settings';
import { ensureDataset } from './train-preset';

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

/** States of runs that have something to show, or soon will. */
const kUsable: readonly JobState[] = ['queued', 'running', 'succeeded'];

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
    if (kUsable.includes(job.state)) return { job, wasFound: false };
  } catch (error) {
    if (ConnectError.from(error).code !== Code.AlreadyExists) throw error;
  }
  return { job: await createJob(spec, newRequestId()), wasFound: false };
}
