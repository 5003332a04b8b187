import { useState } from 'react';
import { findOrTrain, findRun } from '../api/fitting-run';
import { planCommand, planRequest } from '../api/plan';
import type { Plan } from '../api/plan';
import type { Job, Refusal } from '../api/model';
import { useAnswer } from '../ui/hooks';
import { useParameter } from '../ui/router';
import type { Code } from './frame';

export interface Training {
  readonly seed: number;
  /** The run to look at; its state is that of the moment it was found. */
  readonly job?: Job;
  readonly wasFound: boolean;
  readonly isLooking: boolean;
  readonly isStarting: boolean;
  readonly refusal?: Refusal;
  readonly code: Code;
  train(): void;
  /** Trains the same with the next seed. */
  again(): void;
}

export function seedOf(text: string | null): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/**
 * A run of what a page is about: found, or trained on request; at once where the page `needs` one.
 * `planOf` says what is to be trained with a seed.
 */
export function useTraining(planOf: (seed: number) => Plan, needs = false): Training {
  const [seedText, setSeed] = useParameter('seed');
  const seed = seedOf(seedText);
  const [wanted, setWanted] = useState<string | null>(null);
  const plan = planOf(seed);
  const command = planCommand(plan, seed);
  const mayTrain = needs || wanted === command;
  const answer = useAnswer(`${mayTrain ? 'train' : 'find'} ${command}`, async (signal) => {
    const run = mayTrain
      ? await findOrTrain(plan, seed, signal)
      : { job: await findRun(plan, seed, signal), wasFound: true };
    return { ...run, command };
  });
  const run = answer.value?.command === command ? answer.value : undefined;
  return {
    seed,
    job: run?.job,
    wasFound: run?.wasFound ?? false,
    isLooking: answer.isLoading && !mayTrain,
    isStarting: answer.isLoading && mayTrain,
    refusal: answer.refusal,
    code: { command, method: 'JobService.CreateJob', request: planRequest(plan, seed) },
    train: () => {
      setWanted(command);
      if (mayTrain) answer.reload();
    },
    again: () => {
      setWanted(planCommand(planOf(seed + 1), seed + 1));
      setSeed(String(seed + 1));
    },
  };
}
