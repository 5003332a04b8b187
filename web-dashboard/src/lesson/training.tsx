// Training within a page: the run page's own panels about a run that was found or has just been begun.

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
import type { Extent } from '../scale';
import { shareDone } from '../state/job-list';
import type { Run } from '../state/run';
import { usePlayback } from '../state/use-playback';
import { useRun } from '../state/use-run';
import { useShownMoment } from '../state/use-shown-moment';
import { Ago, Bar, Link, Notice, Refused, StateBadge } from '../ui/parts';
import { Stage } from './frame';
import type { Training } from './use-training';

/** Says where the run comes from, and offers another. */
export function TrainingBar({
  trainings,
  jobs,
  what = 'run',
  canRepeat = true,
}: {
  trainings: readonly Training[];
  /** The runs as they are now, where they are followed. */
  jobs?: readonly (Job | undefined)[];
  what?: string;
  /** Whether another seed would make another run. */
  canRepeat?: boolean;
}) {
  const first = trainings[0];
  const missing = trainings.filter((training) => training.job === undefined);
  const refusal = trainings.find((training) => training.refusal !== undefined)?.refusal;
  const isStarting = trainings.some((training) => training.isStarting);
  const isLooking = trainings.some((training) => training.isLooking);
  const shown = trainings.map((training, i) => jobs?.[i] ?? training.job);
  if (first === undefined) return null;
  return (
    <section className="training-bar" aria-label="Training">
      {missing.length === 0 ? (
        <span className="training-text" role="status">
          {shown.map(
            (job, i) =>
              job !== undefined && (
                <RunState key={job.id} job={job} wasFound={trainings[i]?.wasFound ?? false} />
              ),
          )}
          {canRepeat && <span className="muted number">seed {first.seed}</span>}
        </span>
      ) : (
        <span className="training-text muted" role="status">
          {isStarting
            ? `No finished ${what} fits this page: training one …`
            : isLooking
              ? `Looking for a finished ${what} that fits this page …`
              : `No ${what} of these settings yet.`}
        </span>
      )}
      {missing.length > 0 && (
        <button
          type="button"
          className="primary"
          disabled={isStarting || isLooking}
          onClick={() => missing.forEach((training) => training.train())}
        >
          Train
        </button>
      )}
      {missing.length === 0 && canRepeat && (
        <button type="button" onClick={() => trainings.forEach((training) => training.again())}>
          Again with another seed
        </button>
      )}
      {refusal !== undefined && <Refused refusal={refusal} />}
    </section>
  );
}

function RunState({ job, wasFound }: { job: Job; wasFound: boolean }) {
  return (
    <span className="training-run">
      <StateBadge job={job} />
      {!isFinal(job.state) && <Bar share={shareDone(job)} label="Progress" />}
      <span>
        <Link to={`/runs/${job.id}`}>
          {wasFound ? 'a run that was here' : 'trained for this page'}
        </Link>
        {wasFound && job.endTime !== undefined && (
          <span className="muted">
            , <Ago time={job.endTime} />
          </span>
        )}
      </span>
    </span>
  );
}

/** For pages that ask something of a trained network: its run, and what is asked once it has ended. */
export function Trained({
  training,
  title,
  canRepeat,
  children,
}: {
  training: Training;
  title: string;
  canRepeat?: boolean;
  children: (job: Job, snapshot: number) => ReactNode;
}) {
  return training.job === undefined ? (
    <>
      <TrainingBar trainings={[training]} what="network" canRepeat={canRepeat} />
      <Stage title={title} answers={[{ isStale: training.refusal === undefined }]}>
        <Notice>It needs a trained network first.</Notice>
      </Stage>
    </>
  ) : (
    <TrainedRun
      key={training.job.id}
      id={training.job.id}
      {...{ training, title, canRepeat, children }}
    />
  );
}

function TrainedRun({
  training,
  id,
  title,
  canRepeat,
  children,
}: {
  training: Training;
  id: string;
  title: string;
  canRepeat?: boolean;
  children: (job: Job, snapshot: number) => ReactNode;
}) {
  const [run] = useRun(id);
  const isReady = run.job !== undefined && isFinal(run.job.state) && run.newestIndex >= 0;
  return (
    <>
      <TrainingBar trainings={[training]} jobs={[run.job]} what="network" canRepeat={canRepeat} />
      {run.refusal !== undefined && <Refused refusal={run.refusal} />}
      {isReady && run.job !== undefined ? (
        children(run.job, run.newestIndex)
      ) : (
        <Stage title={title} answers={[{ isStale: run.refusal === undefined }]}>
          <Notice>The network is being trained.</Notice>
        </Stage>
      )}
    </>
  );
}

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

export function Untrained({ training }: { training: Training }) {
  return (
    <section className="panel stage" aria-label="Not trained yet">
      <Notice>
        {training.isLooking || training.isStarting
          ? 'Asking the server …'
          : 'Train it with one click, and watch it learn here.'}
      </Notice>
    </section>
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
  const { job } = run;
  const step = playback.isPlaying ? 1 : 0;
  return (
    <>
      {above}
      <TrainingBar trainings={[training]} jobs={[job]} canRepeat={canRepeat} />
      {run.refusal !== undefined && <Refused refusal={run.refusal} />}
      {job !== undefined && (
        <>
          <div className={`lesson-panels panels-${panels.length}`}>
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

function useFigures() {
  const input = useRef<(() => Figure | null) | null>(null);
  const inside = useRef<(() => Figure | null) | null>(null);
  const curves = useRef<(() => Figure | null) | null>(null);
  return { input, inside, curves };
}

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
  id: string;
  title: string;
  extents: Extents | undefined;
  index: number;
  step: number;
}) {
  const { run, id, title, extents, index, step } = props;
  const shown = useShownMoment(id, run.moments, index);
  const { input } = useFigures();
  return (
    <div className="pair-member" data-member={title}>
      {run.refusal !== undefined && <Refused refusal={run.refusal} />}
      {run.job !== undefined && (
        <>
          <InputPanel
            job={run.job}
            index={index}
            step={step}
            figureRef={input}
            title={title}
            extents={extents}
          />
          <Readout moment={shown} job={run.job} moments={run.moments} />
        </>
      )}
    </div>
  );
}
