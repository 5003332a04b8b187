// The curves of several runs over each other, live.

import { useEffect, useMemo, useState } from 'react';
import type { Job } from '../api/model';
import { Curves } from '../charts/curves';
import { joinedColumns, runColumns } from '../charts/curve-data';
import type { Columns } from '../charts/curve-data';
import { classColour, css } from '../colour';
import { formatAccuracy, formatLoss } from '../format';
import { accuracyOf, jobTitle } from '../state/job-list';
import type { Run } from '../state/run';
import type { MetricName, SeriesAxis } from '../state/series';
import { thinned } from '../state/series';
import { useRun } from '../state/use-run';
import { Link } from '../ui/parts';
import { useParameter } from '../ui/router';
import { useAppearance } from '../ui/theme';
import { AxisChoice, axisOf, contextOf } from './run/curves-panel';

const kPointsPerRun = 600;

/** Follows one run for its parent, since how many there are may change. */
function Follower({ id, onRun }: { id: string; onRun: (id: string, run: Run) => void }) {
  const [run] = useRun(id);
  useEffect(() => onRun(id, run), [id, run, onRun]);
  return null;
}

export function useRuns(ids: readonly string[]): {
  followers: React.ReactNode;
  runs: readonly (Run | undefined)[];
} {
  const [all, setAll] = useState<ReadonlyMap<string, Run>>(new Map());
  const onRun = useMemo(
    () => (id: string, run: Run) => setAll((last) => new Map(last).set(id, run)),
    [],
  );
  return {
    followers: ids.map((id) => <Follower key={id} id={id} onRun={onRun} />),
    runs: ids.map((id) => all.get(id)),
  };
}

function columnsOf(run: Run | undefined, names: readonly MetricName[], axis: SeriesAxis): Columns {
  const moments = thinned(run?.moments ?? [], kPointsPerRun);
  const columns = runColumns(moments, names, axis, contextOf(run?.job, moments));
  const [xs, first = [], second = []] = columns;
  // A run without a validation split has its training figures shown instead.
  return [xs, first.some((value) => value !== null) ? first : second];
}

export function ComparedCurves({ ids }: { ids: readonly string[] }) {
  const { followers, runs } = useRuns(ids);
  return (
    <>
      {followers}
      <CurvesOfRuns ids={ids} runs={runs} />
    </>
  );
}

export function CurvesOfRuns({
  ids,
  runs,
}: {
  ids: readonly string[];
  runs: readonly (Run | undefined)[];
}) {
  const { theme } = useAppearance();
  const [axisText, setAxis] = useParameter('axis');
  const axis = axisOf(axisText);
  const accuracy = useMemo(
    () =>
      joinedColumns(
        runs.map((run) => columnsOf(run, ['validationAccuracy', 'trainingAccuracy'], axis)),
      ),
    [runs, axis],
  );
  const loss = useMemo(
    () =>
      joinedColumns(runs.map((run) => columnsOf(run, ['validationLoss', 'trainingLoss'], axis))),
    [runs, axis],
  );
  const curves = ids.map((id, i) => ({ label: id, colour: css(classColour(i, theme)), width: 2 }));
  return (
    <div className="compared">
      <div className="curve-head">
        <h3>accuracy</h3>
        <AxisChoice axis={axis} onChoose={(next) => setAxis(next === 'step' ? null : next)} />
      </div>
      <Curves
        label="Accuracy of the runs"
        kind="accuracy"
        curves={curves}
        columns={accuracy}
        xName={axis}
        syncKey="runs"
      />
      <div className="curve-head">
        <h3>loss</h3>
      </div>
      <Curves
        label="Loss of the runs"
        kind="loss"
        curves={curves}
        columns={loss}
        xName={axis}
        syncKey="runs"
      />
      <ul className="run-keys">
        {ids.map((id, i) => {
          const job: Job | undefined = runs[i]?.job;
          return (
            <li key={id}>
              <span
                className="line-key"
                style={{ background: css(classColour(i, theme)) }}
                aria-hidden="true"
              />
              <Link to={`/runs/${id}`}>{job === undefined ? id : jobTitle(job)}</Link>
              <span className="number">
                {job === undefined ? '' : formatAccuracy(accuracyOf(job))}
              </span>
              <span className="number muted">
                {job === undefined
                  ? ''
                  : formatLoss(
                      job.progress.latest.validationLoss ?? job.progress.latest.trainingLoss,
                    )}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
