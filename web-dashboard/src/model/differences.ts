import type { Job } from '../api/model';

export interface DifferenceRow {
  readonly name: string;
  /** One for each job; empty where it has no such setting. */
  readonly values: readonly string[];
}

/** The settings in which jobs differ, in the order in which they first occur. */
export function differences(jobs: readonly Pick<Job, 'settings'>[]): DifferenceRow[] {
  const names = [...new Set(jobs.flatMap((job) => job.settings.map(({ name }) => name)))];
  return names
    .map((name) => ({
      name,
      values: jobs.map((job) => job.settings.find((setting) => setting.name === name)?.value ?? ''),
    }))
    .filter(({ values }) => new Set(values).size > 1);
}
