import { lazy, Suspense, useRef } from 'react';
import { isFinal } from '../../api/model';
import type { Job } from '../../api/model';
import type { Figure } from '../../charts/surface';
import { formatCount, formatDuration } from '../../format';
import { jobTitle, shareDone } from '../../state/job-list';
import { usePlayback } from '../../state/use-playback';
import { useRun } from '../../state/use-run';
import { useShownMoment } from '../../state/use-shown-moment';
import { useConnection, useIsNarrow, useTitle } from '../../ui/hooks';
import { Ago, Bar, Link, Notice, Refused, StateBadge, Tabs } from '../../ui/parts';
import { useParameter } from '../../ui/router';
import { RunActions } from './actions';
import { askingsOf } from './asking';
import { CurvesPanel } from './curves-panel';
import { InputPanel } from './input-panel';
import { InsidePanel } from './inside-panel';
import { Readout } from './readout';
import { Timeline } from './timeline';

const AskPanel = lazy(() => import('./ask-panel'));

export function RunPage({ id }: { id: string }) {
  const [run, change] = useRun(id);
  const job = run.job;
  const playback = usePlayback(run.newestIndex);
  const narrow = useIsNarrow();
  const inputFigure = useRef<(() => Figure | null) | null>(null);
  const insideFigure = useRef<(() => Figure | null) | null>(null);
  const curvesFigure = useRef<(() => Figure | null) | null>(null);
  const [askText, setAsk] = useParameter('ask');
  const shown = useShownMoment(id, run.moments, playback.index);
  useTitle(job === undefined ? 'Run' : jobTitle(job));
  if (job === undefined) {
    return run.refusal === undefined ? (
      <RunSkeleton id={id} />
    ) : (
      <div className="page">
        <Refused refusal={run.refusal} />
        <p>
          <Link to="/">All runs</Link>
        </p>
      </div>
    );
  }
  const step = playback.isPlaying ? 1 : 0;
  const askings = askingsOf(job);
  const asking = askings.find(([each]) => each === askText)?.[0] ?? 'watch';
  const curves = (
    <CurvesPanel
      job={job}
      moments={run.moments}
      shown={shown}
      onPick={playback.show}
      figureRef={curvesFigure}
    />
  );
  return (
    <div className="run-page">
      <RunHead
        job={job}
        index={playback.index}
        newestIndex={run.newestIndex}
        onChange={change}
        figures={{ input: inputFigure, inside: insideFigure, curves: curvesFigure }}
      />
      {run.refusal !== undefined && <Refused refusal={run.refusal} />}
      <Tabs
        label="What to ask of the run"
        tabs={askings}
        chosen={asking}
        onChoose={(next) => setAsk(next === 'watch' ? null : next)}
      />
      {asking === 'watch' ? (
        <div className="panels">
          {narrow && curves}
          <div className="swipe" tabIndex={narrow ? 0 : undefined}>
            <InputPanel job={job} index={playback.index} step={step} figureRef={inputFigure} />
            <InsidePanel job={job} index={playback.index} step={step} figureRef={insideFigure} />
          </div>
          {!narrow && curves}
        </div>
      ) : (
        <Suspense fallback={<section className="panel ask-panel" />}>
          <AskPanel job={job} index={playback.index} asking={asking} />
        </Suspense>
      )}
      <div className="foot">
        <Timeline
          playback={playback}
          newestIndex={run.newestIndex}
          moments={run.moments}
          canFollow={!isFinal(job.state)}
        />
        <Readout moment={shown} job={job} moments={run.moments} />
      </div>
      <Settings job={job} />
    </div>
  );
}

function RunHead(props: {
  job: Job;
  index: number;
  newestIndex: number;
  onChange: (job: Job) => void;
  figures: Readonly<Record<string, { current: (() => Figure | null) | null }>>;
}) {
  const { job, newestIndex } = props;
  const { progress } = job;
  const share = shareDone(job);
  const isLost = useConnection().state === 'resuming';
  const resumes = isLost && !isFinal(job.state) && newestIndex >= 0;
  return (
    <header className="run-head">
      <div className="run-title">
        <h1>{jobTitle(job)}</h1>
        <StateBadge job={job} />
      </div>
      <p className="run-facts muted">
        <Link to={`/data/${job.dataset}`}>{job.dataset}</Link>
        <span>{modelText(job)}</span>
        <span>{formatCount(job.parameterCount)} parameters</span>
        <span>{job.owner}</span>
        <Ago time={job.createTime} />
      </p>
      <div className="run-progress">
        {!isFinal(job.state) && <Bar share={share} label="Progress" />}
        <span className="muted number">
          {resumes
            ? `resuming from snapshot ${formatCount(newestIndex)}`
            : progressText(job, share)}
        </span>
      </div>
      <RunActions {...props} />
      {job.error !== undefined && <p className="run-error">{job.error}</p>}
      {job.damaged.map((line) => (
        <p key={line} className="run-error">
          {line}
        </p>
      ))}
      {!isFinal(job.state) && job.state !== 'running' && job.wait !== undefined && (
        <p className="muted">{job.wait}</p>
      )}
      <span
        className="visually-hidden"
        role="status"
      >{`${job.state}, ${formatCount(progress.snapshotCount)} snapshots`}</span>
    </header>
  );
}

export function modelText(job: Job): string {
  if (job.model !== 'mlp') return job.model;
  return `MLP with ${job.hiddenUnits.join(' and ')} hidden ${job.hiddenUnits.at(-1) === 1 ? 'unit' : 'units'}`;
}

function progressText(job: Job, share: number): string {
  if (isFinal(job.state)) return `${formatDuration(job.runSeconds)} on a worker`;
  const { estimatedEndTime } = job.progress;
  const left =
    estimatedEndTime === undefined
      ? ''
      : `, ${formatDuration(Math.max(1, (estimatedEndTime - Date.now()) / 1000))} left`;
  return `${Math.floor(share * 100)} %${left}`;
}

function Settings({ job }: { job: Job }) {
  return (
    <details className="settings">
      <summary>Settings</summary>
      <dl>
        {job.settings.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** The page's places before anything is known, so that nothing jumps. */
function RunSkeleton({ id }: { id: string }) {
  return (
    <div className="run-page">
      <header className="run-head">
        <div className="run-title">
          <h1>Run {id}</h1>
        </div>
        <p className="run-facts muted">asking the server …</p>
      </header>
      <div className="panels">
        <section className="panel input-panel">
          <Notice>Input space</Notice>
        </section>
        <section className="panel inside-panel">
          <Notice>Inside the model</Notice>
        </section>
        <section className="panel curves-panel">
          <Notice>Curves</Notice>
        </section>
      </div>
    </div>
  );
}
