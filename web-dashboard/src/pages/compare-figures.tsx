// What compared runs have made of their inputs, side by side at the same share of each.

import { useCallback } from 'react';
import { decisionGrid, weightImages } from '../api/inspect';
import type { Grid, WeightImages } from '../api/inspect';
import type { Job } from '../api/model';
import { FigureCanvas } from '../charts/figure-canvas';
import type { Ink } from '../charts/ink';
import { planeFigure } from '../charts/plane-figure';
import { tilesFigure } from '../charts/tiles-figure';
import { formatCount, formatSignificant } from '../format';
import { jobTitle } from '../state/job-list';
import type { Run } from '../state/run';
import type { SnapshotAnswer } from '../state/use-snapshot-answer';
import { useSnapshotAnswer } from '../state/use-snapshot-answer';
import { Link, Notice, Refused } from '../ui/parts';

const kTicks = 1000;
const kCells = 96;

interface Props {
  readonly ids: readonly string[];
  readonly runs: readonly (Run | undefined)[];
  /** How far each run has come, from 0 to 1: they differ in length. */
  readonly share: number;
  readonly onShare: (share: number) => void;
}

function titleOf(runs: readonly (Run | undefined)[]): string {
  const kinds = new Set(runs.flatMap((run) => (run?.job === undefined ? [] : isPicture(run.job))));
  if (kinds.size === 2) return 'Boundaries and weights';
  return kinds.has(true) ? 'Weights' : 'Boundaries';
}

function isPicture(job: Job): boolean {
  return job.imageShape !== undefined;
}

export function CompareFigures({ ids, runs, share, onShare }: Props) {
  const title = titleOf(runs);
  return (
    <section className="panel boundaries" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <label className="choice along">
          start
          <input
            type="range"
            min={0}
            max={kTicks}
            value={Math.round(share * kTicks)}
            onChange={(event) => onShare(Number(event.target.value) / kTicks)}
            aria-label="How far each run has come"
          />
          end
        </label>
      </header>
      <div className="boundary-row">
        {runs.map((run, i) => (
          <RunFigure key={ids[i]} id={ids[i] ?? ''} run={run} share={share} />
        ))}
      </div>
    </section>
  );
}

function RunFigure({ id, run, share }: { id: string; run: Run | undefined; share: number }) {
  const job = run?.job;
  const index = run === undefined ? -1 : Math.round(share * run.newestIndex);
  if (job === undefined)
    return (
      <figure>
        <div className="figure">
          {run?.refusal === undefined ? (
            <Notice>Asking the server …</Notice>
          ) : (
            <Refused refusal={run.refusal} />
          )}
        </div>
        <figcaption>{id}</figcaption>
      </figure>
    );
  return isPicture(job) ? (
    <WeightsOfRun job={job} index={index} />
  ) : (
    <BoundaryOfRun job={job} index={index} />
  );
}

const kUnit = { min: 0, max: 1 };

function BoundaryOfRun({ job, index }: { job: Job; index: number }) {
  const grid = useSnapshotAnswer<Grid>(`${job.id} grid`, index, (at, signal) =>
    decisionGrid(job.id, at, kCells, { x: 0, y: 1 }, signal),
  );
  const value = grid.value;
  const figure = useCallback(
    (width: number, height: number, ink: Ink) =>
      planeFigure(
        width,
        height,
        {
          x: value?.x ?? kUnit,
          y: value?.y ?? kUnit,
          xName: 'x0',
          yName: 'x1',
          grid: value,
          points: [],
          ringed: [],
        },
        ink,
      ),
    [value],
  );
  return (
    <Framed job={job} index={index} answer={grid}>
      <FigureCanvas
        label={`Regions of ${jobTitle(job)}`}
        figure={figure}
        isStale={grid.refusal !== undefined}
      />
    </Framed>
  );
}

function WeightsOfRun({ job, index }: { job: Job; index: number }) {
  const weights = useSnapshotAnswer<WeightImages>(`${job.id} weights`, index, (at, signal) =>
    weightImages(job.id, at, 0, signal),
  );
  const value = weights.value;
  const figure = useCallback(
    (width: number, height: number, ink: Ink) =>
      tilesFigure(
        width,
        height,
        {
          shape: value?.shape ?? { height: 1, width: 1, channels: 1 },
          tiles: (value?.images ?? []).map((image) => ({ values: image.weights, caption: '' })),
          largest: value?.largest ?? 1,
        },
        ink,
      ),
    [value],
  );
  return (
    <Framed
      job={job}
      index={index}
      answer={weights}
      note={value === undefined ? '' : `weights to ±${formatSignificant(value.largest, 2)}`}
    >
      <FigureCanvas
        label={`Weights of ${jobTitle(job)}`}
        figure={figure}
        isStale={weights.refusal !== undefined}
      />
    </Framed>
  );
}

function Framed(props: {
  job: Job;
  index: number;
  answer: SnapshotAnswer<unknown>;
  note?: string;
  children: React.ReactNode;
}) {
  const { job, index, answer, note } = props;
  return (
    <figure>
      {props.children}
      <figcaption>
        <Link to={`/runs/${job.id}${index < 0 ? '' : `?at=${index}`}`}>{jobTitle(job)}</Link>
        <span className="muted number">
          snapshot {index < 0 ? '–' : formatCount(index)}
          {note !== undefined && note !== '' && `, ${note}`}
        </span>
      </figcaption>
      {answer.refusal !== undefined && <Refused refusal={answer.refusal} />}
    </figure>
  );
}
