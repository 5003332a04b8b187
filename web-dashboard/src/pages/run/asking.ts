// What can be asked of a run besides watching it.

import type { Job } from '../../api/model';

export type Asking = 'watch' | 'explore' | 'attack' | 'picture' | 'test';

const kNames: Record<Asking, string> = {
  watch: 'Watch',
  explore: 'Explore',
  attack: 'Attack',
  picture: 'Your picture',
  test: 'Final test',
};

/** What such a model can be asked. The perceptron's step has no gradient to follow. */
export function askingsOf(job: Pick<Job, 'model' | 'imageShape'>): (readonly [Asking, string])[] {
  const isPicture = job.imageShape !== undefined;
  const hasGradient = job.model !== 'perceptron';
  const all: Record<Asking, boolean> = {
    watch: true,
    explore: hasGradient,
    attack: hasGradient && isPicture,
    picture: isPicture,
    test: true,
  };
  return (Object.keys(all) as Asking[])
    .filter((asking) => all[asking])
    .map((asking) => [asking, kNames[asking]] as const);
}
