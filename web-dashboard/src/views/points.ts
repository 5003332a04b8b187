// The examples of a run as points of a plane.

import { getDataset, readExamples } from '../api/datasets';
import type { Dataset, Examples, Job } from '../api/model';
import type { PlanePoint } from '../charts/plane-figure';

const kMostPoints = 1000;

/** What a view needs to know of a job. */
export type ViewedJob = Pick<Job, 'id' | 'dataset' | 'model' | 'hiddenUnits' | 'imageShape'>;

export interface DataOfRun {
  readonly dataset: Dataset;
  readonly examples: Examples;
  readonly split: string;
}

/** The points to look at: those it is measured on. */
export async function dataOf(job: ViewedJob, signal: AbortSignal): Promise<DataOfRun> {
  const dataset = await getDataset(job.dataset, signal);
  const hasValidation = dataset.splits.some(
    (each) => each.split === 'validation' && each.examples > 0,
  );
  const split = hasValidation && job.model !== 'perceptron' ? 'validation' : 'train';
  const examples = await readExamples(job.dataset, split, 0, kMostPoints, signal);
  return { dataset, examples, split };
}

export function pointsOf(
  inputs: ArrayLike<number>,
  width: number,
  labels: ArrayLike<number>,
): PlanePoint[] {
  return Array.from(labels, (label, i) => ({
    x: inputs[i * width] ?? 0,
    y: width > 1 ? (inputs[i * width + 1] ?? 0) : 0,
    label,
  }));
}
