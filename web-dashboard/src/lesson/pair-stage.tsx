// Two runs side by side within a page.

import { isFinal } from '../api/model';
import type { Job } from '../api/model';
import { InputPanel } from '../pages/run/input-panel';
import { Readout } from '../pages/run/readout';
import { Timeline } from '../pages/run/timeline';
import type { Extent } from '../scale';
import type { Run } from '../state/run';
import { usePlayback } from '../state/use-playback';
import { useRun } from '../state/use-run';
import { useShownMoment } from '../state/use-shown-moment';
import { Refused } from '../ui/parts';
import { useFigures } from './run-stage';
import { TrainingBar, Untrained } from './training-bar';
import type { Training } from './use-training';

interface PairProps {
  readonly trainings: readonly [Training, Training];
  readonly titles: readonly [string, string];
  /** The part of the plane that each shows. */
  readonly extents: readonly [Extents, Extents];
}
type Extents = { readonly x: Extent; readonly y: Extent };

/** Two runs side by side under one time slider, each with its own numbers. */
export function PairStage({ trainings, titles, extents }: PairProps) {
  const [left, right] = trainings;
  if (left.job === undefined || right.job === undefined) {
    return (
      <>
        <TrainingBar trainings={trainings} />
        <Untrained training={left.job === undefined ? left : right} />
      </>
    );
  }
  return (
    <LivePair
      key={`${left.job.id} ${right.job.id}`}
      trainings={trainings}
      ids={[left.job.id, right.job.id]}
      titles={titles}
      extents={extents}
    />
  );
}

function LivePair({
  trainings,
  ids,
  titles,
  extents,
}: PairProps & { ids: readonly [string, string] }) {
  const [left] = useRun(ids[0]);
  const [right] = useRun(ids[1]);
  const playback = usePlayback(Math.max(left.newestIndex, right.newestIndex));
  const runs = [left, right];
  const isOver = runs.every((run) => run.job !== undefined && isFinal(run.job.state));
  return (
    <>
      <TrainingBar trainings={trainings} jobs={[left.job, right.job]} />
      <div className="lesson-panels panels-pair">
        {runs.map((run, i) => (
          <PairMember
            key={ids[i]}
            run={run}
            job={run.job ?? trainings[i]?.job}
            id={ids[i] ?? ''}
            title={titles[i] ?? ''}
            extents={extents[i]}
            index={Math.min(playback.index, run.newestIndex)}
            step={playback.isPlaying ? 1 : 0}
          />
        ))}
      </div>
      <div className="lesson-foot">
        <Timeline
          playback={playback}
          newestIndex={Math.max(left.newestIndex, right.newestIndex)}
          moments={left.moments}
          canFollow={!isOver}
        />
      </div>
    </>
  );
}

function PairMember(props: {
  run: Run;
  job: Job | undefined;
  id: string;
  title: string;
  extents: Extents | undefined;
  index: number;
  step: number;
}) {
  const { run, job, id, title, extents, index, step } = props;
  const shown = useShownMoment(id, run.moments, index);
  const { input } = useFigures();
  return (
    <div
      className="pair-member"
      data-member={title}
      aria-busy={shown === undefined && run.refusal === undefined}
    >
      {run.refusal !== undefined && <Refused refusal={run.refusal} />}
      {job !== undefined && (
        <>
          <InputPanel
            job={job}
            index={index}
            step={step}
            figureRef={input}
            title={title}
            extents={extents}
          />
          <Readout moment={shown} job={job} moments={run.moments} />
        </>
      )}
    </div>
  );
}
