// Where a page's run comes from, and how to get another.

import { isFinal } from '../api/model';
import type { Job } from '../api/model';
import { shareDone } from '../state/job-list';
import { Ago, Bar, Link, Notice, Refused, StateBadge } from '../ui/parts';
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

/** In place of a run that is not there. */
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
