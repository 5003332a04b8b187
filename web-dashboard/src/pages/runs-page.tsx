// All runs: a live table, and the curves of those that are ticked.

import { memo, useCallback, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { isFinal } from '../api/model';
import type { Job } from '../api/model';
import { formatAccuracy, formatCount, formatDuration, formatLoss } from '../format';
import { accuracyOf, jobTitle, shareDone, shownJobs, visibleRows } from '../state/job-list';
import type { JobColumn, JobOrder } from '../state/job-list';
import { knownJobs } from '../state/all-jobs';
import { useAllJobs } from '../state/use-all-jobs';
import { useConnection, useSize, useTitle } from '../ui/hooks';
import { Ago, Bar, Link, Notice, Refused, StateBadge } from '../ui/parts';
import { navigate, useParameter } from '../ui/router';
import { useAppearance } from '../ui/theme';
import { ComparedCurves } from './compared-curves';
import { PresetCards } from './preset-cards';

/** With no more than these there is room for the cards below. */
const kFewJobs = 5;
const kRowRem = 2.75;
export const kMostCompared = 8;

const kColumns: readonly {
  readonly column: JobColumn;
  readonly name: string;
  readonly isNumber?: boolean;
}[] = [
  { column: 'state', name: 'State' },
  { column: 'name', name: 'Run' },
  { column: 'progress', name: 'Progress' },
  { column: 'accuracy', name: 'Accuracy', isNumber: true },
  { column: 'loss', name: 'Loss', isNumber: true },
  { column: 'owner', name: 'Owner' },
  { column: 'age', name: 'Age' },
];

function orderOf(text: string | null): JobOrder {
  const descending = text?.startsWith('-') === true;
  const name = descending ? text.slice(1) : text;
  const column = kColumns.find((each) => each.column === name)?.column;
  return column === undefined ? { column: 'age', descending: false } : { column, descending };
}

/** How many are shown, of how many; and how far the older ones have been read. */
function countText(shown: number, known: number, total: number): string {
  const text = `${formatCount(shown)} of ${formatCount(total)}`;
  return known < total ? `${text}, reading ${formatCount(total - known)} older …` : text;
}

export function RunsPage() {
  useTitle('Runs');
  const { all, refusal, retry } = useAllJobs();
  const list = all.live;
  const known = useMemo(() => knownJobs(all), [all]);
  const isLost = useConnection().state === 'resuming';
  const [words, setWords] = useParameter('find');
  const [orderText, setOrder] = useParameter('sort');
  const [pickedText, setPicked] = useParameter('pick');
  const order = orderOf(orderText);
  const { column, descending } = order;
  const jobs = useMemo(
    () => shownJobs(known.values(), words ?? '', { column, descending }),
    [known, words, column, descending],
  );
  const picked = useMemo(
    () => (pickedText ?? '').split(',').filter((id) => id !== ''),
    [pickedText],
  );
  const pick = useCallback(
    (id: string) => {
      const next = picked.includes(id)
        ? picked.filter((each) => each !== id)
        : [...picked, id].slice(-kMostCompared);
      setPicked(next.length === 0 ? null : next.join(','));
    },
    [picked, setPicked],
  );
  if (list.isLoaded && list.total === 0) return <FirstRun />;
  const sortBy = (next: JobColumn) => {
    const isSame = next === column;
    const flip = isSame ? !descending : next === 'accuracy' || next === 'progress';
    setOrder(next === 'age' && !flip ? null : `${flip ? '-' : ''}${next}`);
  };
  const chosen = picked.length > 0 ? picked : jobs.slice(0, 1).map((job) => job.id);
  return (
    <div className="runs-page">
      <section className="panel table-panel" aria-label="Runs">
        <header>
          <h1>Runs</h1>
          <input
            type="search"
            placeholder="Find: words of name, data, owner, state"
            aria-label="Find runs"
            value={words ?? ''}
            onChange={(event) => setWords(event.target.value === '' ? null : event.target.value)}
          />
          <span className="note number">
            {list.isLoaded ? countText(jobs.length, known.size, list.total) : 'asking the server …'}
            {isLost && ', as it was then'}
          </span>
        </header>
        <JobTable
          jobs={jobs}
          picked={picked}
          order={order}
          onPick={pick}
          onSort={sortBy}
          isLoaded={list.isLoaded}
        />
        {refusal !== null && <Refused refusal={refusal} onRetry={retry} />}
        <details
          className="more-presets"
          open={list.isLoaded && list.total <= kFewJobs ? true : undefined}
        >
          <summary>Train one of the lecture’s experiments</summary>
          <PresetCards />
        </details>
      </section>
      <section className="panel side-panel" aria-label="Curves of the runs picked out">
        <header>
          <h2>{picked.length > 0 ? 'Picked out' : 'The newest'}</h2>
          {picked.length > 1 && (
            <Link className="button" to={`/runs?compare=${picked.join(',')}`}>
              Compare {picked.length}
            </Link>
          )}
        </header>
        {chosen.length > 0 ? (
          <ComparedCurves ids={chosen} />
        ) : (
          <Notice>Tick runs to lay their curves over each other.</Notice>
        )}
      </section>
    </div>
  );
}

function FirstRun() {
  return (
    <div className="page first-run">
      <h1>Nothing has been trained here yet</h1>
      <p className="lead">Pick an experiment: one click trains it, and you watch it learn.</p>
      <PresetCards />
      <p className="muted">
        Or <Link to="/new">set up a run of your own</Link>, or <Link to="/data">bring data</Link>.
      </p>
    </div>
  );
}

interface TableProps {
  readonly jobs: readonly Job[];
  readonly picked: readonly string[];
  readonly order: JobOrder;
  readonly onPick: (id: string) => void;
  readonly onSort: (column: JobColumn) => void;
  readonly isLoaded: boolean;
}

/** Only the rows in sight are in the page, so that ten thousand cost no more than thirty. */
function JobTable({ jobs, picked, order, onPick, onSort, isLoaded }: TableProps) {
  const [box, { height }] = useSize<HTMLDivElement>();
  const [top, setTop] = useState(0);
  const frame = useRef(0);
  const { projector } = useAppearance();
  // The type's size changes with the projector mode alone; asking for it at each scroll would cost.
  const rowHeight = useMemo(
    () => kRowRem * parseFloat(getComputedStyle(document.documentElement).fontSize),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [projector],
  );
  const { first, end } = visibleRows(top, height, rowHeight, jobs.length);
  const scroll = () => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => setTop(box.current?.scrollTop ?? 0));
  };
  return (
    <div
      className="table-box"
      ref={box}
      onScroll={scroll}
      tabIndex={0}
      role="region"
      aria-label="Table of runs"
    >
      <table className="jobs" aria-rowcount={jobs.length}>
        <thead>
          <tr>
            <th>
              <span className="visually-hidden">Picked</span>
            </th>
            {kColumns.map(({ column, name, isNumber }) => (
              <th
                key={column}
                className={`column-${column}${isNumber === true ? ' number' : ''}`}
                aria-sort={
                  order.column === column
                    ? order.descending
                      ? 'descending'
                      : 'ascending'
                    : undefined
                }
              >
                <button type="button" className="sort" onClick={() => onSort(column)}>
                  {name}
                  <span aria-hidden="true">
                    {order.column === column ? (order.descending ? ' ↓' : ' ↑') : ''}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && (
            <tr aria-hidden="true">
              <td colSpan={8} style={{ height: first * rowHeight }} />
            </tr>
          )}
          {jobs.slice(first, end).map((job, i) => (
            <JobRow
              key={job.id}
              job={job}
              row={first + i + 1}
              isPicked={picked.includes(job.id)}
              onPick={onPick}
            />
          ))}
          {end < jobs.length && (
            <tr aria-hidden="true">
              <td colSpan={8} style={{ height: (jobs.length - end) * rowHeight }} />
            </tr>
          )}
        </tbody>
      </table>
      {isLoaded && jobs.length === 0 && <Notice>No run has all of these words.</Notice>}
    </div>
  );
}

interface RowProps {
  readonly job: Job;
  readonly row: number;
  readonly isPicked: boolean;
  readonly onPick: (id: string) => void;
}

const JobRow = memo(function JobRow({ job, row, isPicked, onPick }: RowProps) {
  const open = () => navigate(`/runs/${job.id}`);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.target === event.currentTarget) open();
  };
  return (
    <tr
      className={isPicked ? 'picked' : undefined}
      aria-rowindex={row}
      tabIndex={0}
      onDoubleClick={open}
      onKeyDown={onKeyDown}
    >
      <td>
        <input
          type="checkbox"
          checked={isPicked}
          onChange={() => onPick(job.id)}
          aria-label={`Pick ${jobTitle(job)}`}
        />
      </td>
      <td className="column-state">
        <StateBadge job={job} />
      </td>
      <td className="column-name">
        <Link to={`/runs/${job.id}`}>{jobTitle(job)}</Link>
        <span className="under">
          {job.wait !== undefined && !isFinal(job.state) && job.state !== 'running'
            ? job.wait
            : `${job.model} · ${job.dataset}`}
        </span>
      </td>
      <td className="column-progress">
        {isFinal(job.state) ? (
          <span className="muted number">{formatDuration(job.runSeconds)}</span>
        ) : (
          <Bar share={shareDone(job)} label={`Progress of ${jobTitle(job)}`} />
        )}
      </td>
      <td className="number column-accuracy">{formatAccuracy(accuracyOf(job))}</td>
      <td className="number column-loss">
        {formatLoss(job.progress.latest.validationLoss ?? job.progress.latest.trainingLoss)}
      </td>
      <td className="column-owner">{job.owner}</td>
      <td className="column-age">
        <Ago time={job.createTime} />
      </td>
    </tr>
  );
});
