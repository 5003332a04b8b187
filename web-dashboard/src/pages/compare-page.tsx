// Several runs side by side: their curves, what they were asked to do differently, their boundaries.

import { useMemo } from 'react';
import type { Job } from '../api/model';
import { classColour, css } from '../colour';
import { formatAccuracy, formatLoss } from '../format';
import { differences } from '../model/differences';
import { accuracyOf, jobTitle } from '../state/job-list';
import type { Run } from '../state/run';
import { useTitle } from '../ui/hooks';
import { Link, Notice, Refused, StateBadge } from '../ui/parts';
import { useParameter } from '../ui/router';
import { useAppearance } from '../ui/theme';
import { CompareFigures } from './compare-figures';
import { CurvesOfRuns, useRuns } from './compared-curves';

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
                    <Link to={`/runs/${id}`}>{titleOf(runs[i], id)}</Link>
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
      <CompareFigures
        ids={ids}
        runs={runs}
        share={share}
        onShare={(next) => setShare(next >= 1 ? null : String(Math.round(next * kTicks)))}
      />
    </div>
  );
}

function titleOf(run: Run | undefined, id: string): string {
  return run?.job === undefined ? id : jobTitle(run.job);
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
