// Where a walk of the lesson begins and what it has come to, as a link says it. Examples are those of
// the training split, as in the lecture.

import type { Question } from '../api/demo';
import type { WalkSettings } from '../views/walk';

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** `initial` stands for what a link leaves out. */
export function walkFrom(
  search: string,
  initial: { readonly row: number; readonly target: number | null },
): WalkSettings {
  const parameters = new URLSearchParams(search);
  const values = (parameters.get('from') ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
  const isPoint = values.length > 0 && values.every(Number.isFinite);
  return {
    start: isPoint
      ? { kind: 'values', values }
      : { kind: 'example', index: whole(parameters.get('row')) ?? initial.row, split: 'train' },
    target: whole(parameters.get('target')) ?? initial.target,
    step: whole(parameters.get('step')),
  };
}

export function walkChanges({ start, target, step }: WalkSettings): Record<string, string | null> {
  return {
    from: start.kind === 'values' ? start.values.join(',') : null,
    row: start.kind === 'example' ? String(start.index) : null,
    target: target === null ? null : String(target),
    step: step === null ? null : String(step),
  };
}

/** The start as the contract has it. */
export function startRequest({ start }: WalkSettings): Question {
  return start.kind === 'values'
    ? { values: { values: [...start.values] } }
    : { example: { split: 'SPLIT_TRAIN', indices: [start.index] } };
}

/** The start as flags of the command line. */
export function startFlags({ start }: WalkSettings): (string | number)[] {
  return start.kind === 'values'
    ? [`--values=${start.values.join(',')}`]
    : ['--index', start.index, '--split', 'train'];
}
