// What a run is asked besides being watched, in place of its panels.

import { useMemo } from 'react';
import type { Job } from '../../api/model';
import { navigate, searchWith, useSearch } from '../../ui/router';
import { Notice } from '../../ui/parts';
import { AttackView } from '../../views/attack-view';
import { ExploreView } from '../../views/explore-view';
import { PictureView } from '../../views/picture-view';
import { TestView } from '../../views/test-view';
import type { WalkSettings } from '../../views/walk';
import { walkParameters, walkSettingsOf } from './asking';
import type { Asking } from './asking';

interface Props {
  readonly job: Job;
  readonly index: number;
  readonly asking: Exclude<Asking, 'watch'>;
}

const kLabels: Record<Props['asking'], string> = {
  explore: 'Explore',
  attack: 'Attack',
  picture: 'Your picture',
  test: 'Final test',
};

export default function AskPanel({ job, index, asking }: Props) {
  const search = useSearch();
  const settings = useMemo(() => walkSettingsOf(search), [search]);
  const change = (next: WalkSettings) =>
    navigate(location.pathname + searchWith(location.search, walkParameters(next)), true);
  return (
    <section className="panel ask-panel" aria-label={kLabels[asking]}>
      {index < 0 ? (
        <Notice>The first snapshot comes when training begins.</Notice>
      ) : asking === 'explore' ? (
        <ExploreView job={job} snapshot={index} settings={settings} onSettings={change} />
      ) : asking === 'attack' ? (
        <AttackView job={job} snapshot={index} settings={settings} onSettings={change} />
      ) : asking === 'picture' ? (
        <PictureView job={job} snapshot={index} />
      ) : (
        <TestView job={job} snapshot={index} />
      )}
    </section>
  );
}
