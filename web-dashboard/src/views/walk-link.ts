// Where a walk begins and what it has come to, as a link says it.

import type { Split } from '../api/model';
import type { WalkSettings } from './walk';

/** What a link leaves out. */
export interface InitialWalk {
  readonly row: number;
  readonly target: number | null;
  /** That examples are from; the job's own choice without it. */
  readonly split?: Split;
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

export function walkFrom(search: string, initial: InitialWalk): WalkSettings {
  const parameters = new URLSearchParams(search);
  const values = (parameters.get('from') ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
  const isPoint = values.length > 0 && values.every(Number.isFinite);
  return {
    start: isPoint
      ? { kind: 'values', values }
      : {
          kind: 'example',
          index: whole(parameters.get('row')) ?? initial.row,
          split: initial.split,
        },
    target: whole(parameters.get('target')) ?? initial.target,
    step: whole(parameters.get('step')),
  };
}

/** The parameters of a link that say the same; null for those that need not be there. */
export function walkChanges(
  { start, target, step }: WalkSettings,
  initial: InitialWalk,
): Record<string, string | null> {
  const isMoved = start.kind === 'example' && start.index !== initial.row;
  return {
    from: start.kind === 'values' ? start.values.join(',') : null,
    row: isMoved ? String(start.index) : null,
    target: target === null || target === initial.target ? null : String(target),
    step: step === null ? null : String(step),
  };
}
