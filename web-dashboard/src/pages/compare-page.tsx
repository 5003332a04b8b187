// Several runs side by side: their curves, what they were asked to do differently, their boundaries.

import { useCallback, useMemo } from 'react';
import { decisionGrid } from '../api/inspect';
import type { Grid } from '../api/inspect';
import type { Job } from '../api/model';
import { FigureCanvas } from '../charts/figure-canvas';
import type { Ink } from '../charts/ink';
import { planeFigure } from '../charts/plane-figure';
import { classColour, css } from '../colour';
import { formatAccuracy, formatLoss } from '../format';
import { differences } from '../model/differences';
import { accuracyOf, jobTitle } from '../state/job-list';
import type { Run } from '../state/run';
import { useSnapshotAnswer } from '../state/use-snapshot-answer';
import { useTitle } from '../ui/hooks';
import { Link, Notice, Refused, StateBadge } from '../ui/parts';
import { useParameter } from '../ui/router';
import { useAppearance } from '../ui/theme';
import { CurvesOfRuns, useRuns } from './compared-curves';

const kMostBoundaries = 4;
const kTicks = 1000;

export function ComparePage({ ids }: { ids: readonly string[] }) {
  useTitle(`Compare ${ids.length} runs`);
  const { followers, runs } = useRuns(ids);
  const [shareText, setShare] = useParameter('at');
  const { theme } = useAppearance();
  // Runs differ in length: the slider goes from the first to the last snapshot of each.
  const share = Math.min(
    1,
    Math.max(0, (shareText === null ? kTicks : Number(shareText) || 0) / kTicks),
  );
  const jobs = runs.flatMap((run) => run?.job ?? []);
  const rows = useMemo(
    () => (jobs.length === ids.length ? differences(jobs) : []),
    [jobs, ids.length],
  );
  const refused = runs.find((run) => run?.refusal !== undefined)?.refusal;
  return (
    <div className="compare-page">
      {followers}
      <header className="run-head">
        <div className="run-title">
          <h1>Compare {ids.length} runs</h1>
          <Link to={`/?pick=${ids.join(',')}`}>back to all runs</Link>
        </div>
      </header>
      {refused !== undefined && <Refused refusal={refused} />}
      <section className="panel" aria-label="Curves">
        <CurvesOfRuns ids={ids} runs={runs} />
      </section>
      <section className="panel" aria-label="Differences">
        <header>
          <h2>What differs</h2>
        </header>
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Settings that differ">
          <table className="plain">
            <thead>
              <tr>
                <th />
                {ids.map((id, i) => (
                  <th key={id} scope="col">
                    <span
                      className="line-key"
                      style={{ background: css(classColour(i, theme)) }}
                      aria-hidden="true"
                    />{' '}
                    <Link to={`/runs/${id}`}>
                      {runs[i]?.job === undefined ? id : jobTitle(runs[i]?.job as Job)}
                    </Link>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ name, values }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {values.map((value, i) => (
                    <td key={ids[i]}>
                      {value === '' ? <span className="muted">none</span> : value}
                    </td>
                  ))}
                </tr>
              ))}
              <OutcomeRow name="state" runs={runs} show={(job) => <StateBadge job={job} />} />
              <OutcomeRow
                name="accuracy"
                runs={runs}
                show={(job) => formatAccuracy(accuracyOf(job))}
              />
              <OutcomeRow
                name="loss"
                runs={runs}
                show={(job) =>
                  formatLoss(job.progress.latest.validationLoss ?? job.progress.latest.trainingLoss)
                }
              />
            </tbody>
          </table>
        </div>
        {jobs.length === ids.length && rows.length === 0 && (
          <Notice>They were asked to do the same.</Notice>
        )}
      </section>
      <section className="panel boundaries" aria-label="Boundaries">
        <header>
          <h2>Boundaries</h2>
          <label className="choice azimuth">
            start
            <input
              type="range"
              min={0}
              max={kTicks}
              value={share * kTicks}
              onChange={(event) =>
                setShare(event.target.value === String(kTicks) ? null : event.target.value)
              }
              aria-label="How far each run has come"
            />
            end
          </label>
        </header>
        <div className="boundary-row">
          {runs.slice(0, kMostBoundaries).map((run, i) => (
            <Boundary key={ids[i]} run={run} share={share} />
          ))}
        </div>
        {runs.length > kMostBoundaries && <p className="note">the first {kMostBoundaries}</p>}
      </section>
    </div>
  );
}

function OutcomeRow({
  name,
  runs,
  show,
}: {
  name: string;
  runs: readonly (Run | undefined)[];
  show: (job: Job) => React.ReactNode;
}) {
  return (
    <tr className="outcome">
      <th scope="row">{name}</th>
      {runs.map((run, i) => (
        <td key={i} className="number">
          {run?.job === undefined ? '' : show(run.job)}
        </td>
      ))}
    </tr>
  );
}

const kUnit = { min: 0, max: 1 };

function Boundary({ run, share }: { run: Run | undefined; share: number }) {
  const job = run?.job;
  const index = Math.round(share * (run?.newestIndex ?? -1));
  const isPlane = job !== undefined && job.imageShape === undefined;
  const grid = useSnapshotAnswer<Grid>(isPlane ? `${job.id} grid` : null, index, (at, signal) =>
    decisionGrid(job?.id ?? '', at, 96, { x: 0, y: 1 }, signal),
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
  if (job !== undefined && !isPlane)
    return <Notice>{jobTitle(job)}: its inputs are pictures.</Notice>;
  return (
    <figure>
      <FigureCanvas
        label={`Regions of ${job === undefined ? 'a run' : jobTitle(job)}`}
        figure={figure}
        isStale={grid.refusal !== undefined}
      />
      <figcaption>
        {job === undefined ? '' : jobTitle(job)}{' '}
        <span className="muted number">snapshot {index < 0 ? '–' : index}</span>
      </figcaption>
      {grid.refusal !== undefined && <Refused refusal={grid.refusal} />}
    </figure>
  );
}
