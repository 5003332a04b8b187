// What can be asked of a run besides watching it, and how a link says so.

import type { Job } from '../../api/model';
import type { Start } from '../../api/predict';
import type { WalkSettings } from '../../views/walk';

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

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function startOf(search: URLSearchParams): Start {
  const values = (search.get('from') ?? '').split(',').filter((part) => part !== '');
  if (values.length > 0 && values.every((part) => Number.isFinite(Number(part))))
    return { kind: 'values', values: values.map(Number) };
  return { kind: 'example', index: whole(search.get('row')) ?? 0 };
}

export function walkSettingsOf(search: string): WalkSettings {
  const parameters = new URLSearchParams(search);
  return {
    start: startOf(parameters),
    target: whole(parameters.get('target')),
    step: whole(parameters.get('step')),
  };
}

/** The parameters of a link that say the same. */
export function walkParameters({
  start,
  target,
  step,
}: WalkSettings): Record<string, string | null> {
  return {
    from: start.kind === 'values' ? start.values.join(',') : null,
    row: start.kind === 'example' && start.index > 0 ? String(start.index) : null,
    target: target === null ? null : String(target),
    step: step === null ? null : String(step),
  };
}
