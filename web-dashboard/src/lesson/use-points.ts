import { Code, ConnectError } from '@connectrpc/connect';
import { useMemo } from 'react';
import { getDataset, readExamples } from '../api/datasets';
import type { Plan } from '../api/plan';
import type { Refusal, Split } from '../api/model';
import { ensureDataset } from '../api/train-preset';
import type { PlanePoint } from '../charts/plane-figure';
import { useAnswer } from '../ui/hooks';
import { pointsOf } from '../views/points';

const kMostPoints = 1000;

/** The points of a split, from data that are made where they are missing. */
export function usePoints(
  plan: Plan,
  split: Split,
): {
  readonly points: readonly PlanePoint[];
  readonly refusal?: Refusal;
  readonly isStale: boolean;
} {
  const answer = useAnswer(`${plan.dataset} ${split}`, async (signal) => {
    const read = () => readExamples(plan.dataset, split, 0, kMostPoints, signal);
    const examples = await read().catch(async (error: unknown) => {
      if (ConnectError.from(error).code !== Code.NotFound) throw error;
      await ensureDataset(plan);
      return read();
    });
    return { dataset: plan.dataset, examples };
  });
  const here = answer.value?.dataset === plan.dataset ? answer.value.examples : undefined;
  const points = useMemo(
    () => (here === undefined ? [] : pointsOf(here.inputs, here.width, here.labels)),
    [here],
  );
  return { points, refusal: answer.refusal, isStale: here === undefined };
}

/** Whether data are there; they are made where they are missing. */
export function useEnsured(plan: Plan): boolean {
  const answer = useAnswer(`there ${plan.dataset}`, async (signal) => {
    await getDataset(plan.dataset, signal).catch(async (error: unknown) => {
      if (ConnectError.from(error).code !== Code.NotFound) throw error;
      await ensureDataset(plan);
    });
    return plan.dataset;
  });
  return answer.value === plan.dataset;
}
