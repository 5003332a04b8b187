// A run within a page: the run page's own panels and time slider.

import { useRef } from 'react';
import type { ReactNode } from 'react';
import { isFinal } from '../api/model';
import type { Job } from '../api/model';
import type { Figure } from '../charts/surface';
import { CurvesPanel } from '../pages/run/curves-panel';
import { InputPanel } from '../pages/run/input-panel';
import { InsidePanel } from '../pages/run/inside-panel';
import { Readout } from '../pages/run/readout';
import { Timeline } from '../pages/run/timeline';
import type { Run } from '../state/run';
import { usePlayback } from '../state/use-playback';
import { useRun } from '../state/use-run';
import { useShownMoment } from '../state/use-shown-moment';
import { Refused } from '../ui/parts';
import { TrainingBar, Untrained } from './training-bar';
import type { Training } from './use-training';

export type PanelName = 'input' | 'inside' | 'curves';

interface RunStageProps {
  readonly training: Training;
  readonly panels: readonly PanelName[];
  readonly above?: ReactNode;
  /** More about the moment on screen. */
  readonly below?: (job: Job, index: number, run: Run) => ReactNode;
  readonly canRepeat?: boolean;
}

/** One run under its time slider. */
export function RunStage({ training, panels, above, below, canRepeat }: RunStageProps) {
  const { job } = training;
  return job === undefined ? (
    <>
      {above}
      <TrainingBar trainings={[training]} canRepeat={canRepeat} />
      <Untrained training={training} />
    </>
  ) : (
    <LiveRun key={job.id} {...{ training, id: job.id, panels, above, below, canRepeat }} />
  );
}

function LiveRun({
  training,
  id,
  panels,
  above,
  below,
  canRepeat,
}: RunStageProps & { id: string }) {
  const [run] = useRun(id);
  const playback = usePlayback(run.newestIndex);
  const shown = useShownMoment(id, run.moments, playback.index);
  const figures = useFigures();
  const job = run.job ?? training.job;
  const step = playback.isPlaying ? 1 : 0;
  return (
    <>
      {above}
      <TrainingBar trainings={[training]} jobs={[job]} canRepeat={canRepeat} />
      {run.refusal !== undefined && <Refused refusal={run.refusal} />}
      {job !== undefined && (
        <>
          <div
            className={`lesson-panels panels-${panels.length}`}
            aria-busy={shown === undefined && run.refusal === undefined}
          >
            {panels.includes('input') && (
              <InputPanel job={job} index={playback.index} step={step} figureRef={figures.input} />
            )}
            {panels.includes('inside') && (
              <InsidePanel
                job={job}
                index={playback.index}
                step={step}
                figureRef={figures.inside}
              />
            )}
            {panels.includes('curves') && (
              <CurvesPanel
                job={job}
                moments={run.moments}
                shown={shown}
                onPick={playback.show}
                figureRef={figures.curves}
              />
            )}
          </div>
          {below?.(job, playback.index, run)}
          <div className="lesson-foot">
            <Timeline
              playback={playback}
              newestIndex={run.newestIndex}
              moments={run.moments}
              canFollow={!isFinal(job.state)}
            />
            <Readout moment={shown} job={job} moments={run.moments} />
          </div>
        </>
      )}
    </>
  );
}

/** Where panels hand out their figures. */
export function useFigures() {
  const input = useRef<(() => Figure | null) | null>(null);
  const inside = useRef<(() => Figure | null) | null>(null);
  const curves = useRef<(() => Figure | null) | null>(null);
  return { input, inside, curves };
}
