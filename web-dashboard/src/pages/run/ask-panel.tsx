// What a run is asked besides being watched, in place of its panels.

import { useMemo } from 'react';
import type { Job } from '../../api/model';
import { useLiveSearch } from '../../ui/live-search';
import { Notice } from '../../ui/parts';
import { AttackView } from '../../views/attack-view';
import { ExploreView } from '../../views/explore-view';
import { PictureView } from '../../views/picture-view';
import { TestView } from '../../views/test-view';
import type { WalkSettings } from '../../views/walk';
import { walkChanges, walkFrom } from '../../views/walk-link';
import type { Asking } from './asking';

interface Props {
  readonly job: Job;
  readonly index: number;
  readonly asking: Exclude<Asking, 'watch'>;
}

const kInitial = { row: 0, target: null };
const kLabels: Record<Props['asking'], string> = {
  explore: 'Explore',
  attack: 'Attack',
  picture: 'Your picture',
  test: 'Final test',
};

export default function AskPanel({ job, index, asking }: Props) {
  const [search, change] = useLiveSearch();
  const settings = useMemo(() => walkFrom(search, kInitial), [search]);
  const set = (next: WalkSettings) => change(walkChanges(next, kInitial));
  return (
    <section className="panel ask-panel" aria-label={kLabels[asking]}>
      {index < 0 ? (
        <Notice>The first snapshot comes when training begins.</Notice>
      ) : asking === 'explore' ? (
        <ExploreView job={job} snapshot={index} settings={settings} onSettings={set} />
      ) : asking === 'attack' ? (
        <AttackView job={job} snapshot={index} settings={settings} onSettings={set} />
      ) : asking === 'picture' ? (
        <PictureView job={job} snapshot={index} />
      ) : (
        <TestView job={job} snapshot={index} />
      )}
    </section>
  );
}
