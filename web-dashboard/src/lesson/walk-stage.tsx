// Walks away from an example within a page: the link that says how far one has come, the code, the stage.

import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { Question } from '../api/demo';
import { useLiveSearch } from '../ui/live-search';
import { useWalk } from '../views/walk';
import type { WalkProps, WalkSettings } from '../views/walk';
import { walkChanges, walkFrom } from '../views/walk-link';
import { Stage, commandLine } from './frame';
import type { Code } from './frame';
import type { Training } from './use-training';

interface Initial {
  readonly row: number;
  readonly target: number | null;
}

/** What a page asks besides start and target. */
interface More {
  readonly flags: readonly (string | number)[];
  readonly request: Question;
}

/**
 * What a page holds of its walk. Examples are those of the training split, as in the lecture. `verb` is
 * the command that asks for such a walk.
 */
export function useLessonWalk(
  training: Training,
  initial: Initial,
  verb: 'explore' | 'attack',
  more: More = { flags: [], request: {} },
) {
  const [search, change] = useLiveSearch();
  const settings = useMemo(
    () => walkFrom(search, { ...initial, split: 'train' }),
    [search, initial],
  );
  // Which class it goes to follows from what the network says at the start.
  const [target, onTarget] = useState<number | undefined>();
  const { start } = settings;
  const id = training.job?.id;
  const code: Code[] = [training.code];
  if (id !== undefined && target !== undefined) {
    const flags =
      start.kind === 'values'
        ? [`--values=${start.values.join(',')}`]
        : ['--index', start.index, '--split', 'train'];
    code.push({
      command: commandLine('inspect', verb, id, ...flags, '--target', target, ...more.flags),
      method: verb === 'explore' ? 'InspectService.Explore' : 'InspectService.Attack',
      request: {
        snapshot: `jobs/${id}/snapshots/last`,
        start:
          start.kind === 'values'
            ? { values: { values: [...start.values] } }
            : { example: { split: 'SPLIT_TRAIN', indices: [start.index] } },
        target_label: target,
        ...more.request,
      },
    });
  }
  const onSettings = (next: WalkSettings) =>
    change(walkChanges(next, { ...initial, split: 'train' }));
  return { settings, onSettings, onTarget, code };
}

export function WalkStage({
  title,
  view,
  choices,
  onTarget,
  ...walk
}: WalkProps & {
  title: string;
  view: (walk: WalkProps) => ReactNode;
  choices?: ReactNode;
  onTarget: (target: number | undefined) => void;
}) {
  const { key, target } = useWalk(walk.job, walk.snapshot, walk.settings);
  useEffect(() => onTarget(target), [onTarget, target]);
  return (
    <Stage title={title} answers={[{ isStale: key === null }]}>
      {choices}
      {view(walk)}
    </Stage>
  );
}
