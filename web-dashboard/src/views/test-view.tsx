// The final evaluation on examples that nothing has seen: a deliberate act, and on record.

import { useState } from 'react';
import { refusalOf } from '../api/convert';
import { getDataset } from '../api/datasets';
import { getJob } from '../api/jobs';
import type { Job, Refusal, TestEvaluation } from '../api/model';
import { evaluateTest } from '../api/predict';
import { formatAccuracy, formatCount, formatLoss } from '../format';
import { useAnswer } from '../ui/hooks';
import { Ago, Confirm, Notice, Refused } from '../ui/parts';

function timesText(count: number): string {
  if (count === 0) return 'never';
  return count === 1 ? 'once' : `${formatCount(count)} times`;
}

interface Props {
  readonly job: Pick<Job, 'id' | 'dataset'>;
  readonly snapshot: number;
}

export function TestView({ job, snapshot }: Props) {
  const dataset = useAnswer(`dataset ${job.dataset}`, (signal) => getDataset(job.dataset, signal));
  const record = useAnswer(`test ${job.id}`, (signal) => getJob(job.id, signal));
  const [asks, setAsks] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const examples = dataset.value?.splits.find(({ split }) => split === 'test')?.examples ?? 0;
  const evaluations = record.value?.testEvaluations ?? [];
  const count = record.value?.testEvaluationCount ?? 0;
  const evaluate = async () => {
    setAsking(true);
    setRefusal(null);
    try {
      await evaluateTest(job.id, snapshot);
    } catch (error) {
      setRefusal(refusalOf(error));
    }
    // What counts is what the server has on record, also where its answer was lost.
    record.reload();
    dataset.reload();
    setAsking(false);
  };
  const failed = refusal ?? record.refusal ?? dataset.refusal;
  if (dataset.value !== undefined && examples === 0)
    return (
      <Notice>
        {job.dataset} has no test split: draw or upload the data set with one to hold back examples
        for the end.
      </Notice>
    );
  return (
    <div className="test-view">
      <p>
        The test split is for one question, asked at the end: how well does the model do on examples
        that neither training nor any choice of settings has seen? The more often it is asked, the
        less the answer is worth, so each time is on record.
      </p>
      <dl className="rows">
        <div>
          <dt>test examples</dt>
          <dd className="number">{dataset.value === undefined ? '…' : formatCount(examples)}</dd>
        </div>
        <div>
          <dt>asked with this run</dt>
          <dd>{record.value === undefined ? '…' : timesText(count)}</dd>
        </div>
        <div>
          <dt>read or exported from {job.dataset}</dt>
          <dd>{dataset.value === undefined ? '…' : timesText(dataset.value.testReadCount)}</dd>
        </div>
      </dl>
      {evaluations.length > 0 && <Record evaluations={evaluations} />}
      {failed !== undefined && <Refused refusal={failed} />}
      <div className="form-acts">
        <button
          type="button"
          disabled={snapshot < 0 || isAsking || examples === 0}
          onClick={() => setAsks(true)}
        >
          {isAsking ? 'Evaluating …' : `Evaluate snapshot ${formatCount(Math.max(0, snapshot))}`}
        </button>
      </div>
      {asks && (
        <Confirm
          title="Use the test split?"
          act="Evaluate, and record it"
          onAct={() => void evaluate()}
          onClose={() => setAsks(false)}
        >
          Snapshot {formatCount(snapshot)} will be measured on {formatCount(examples)} test
          examples. That it was asked is recorded with the run for good. Asked so far:{' '}
          {timesText(count)}.
        </Confirm>
      )}
    </div>
  );
}

function Record({ evaluations }: { evaluations: readonly TestEvaluation[] }) {
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">asked</th>
          <th scope="col" className="number">
            snapshot
          </th>
          <th scope="col" className="number">
            test accuracy
          </th>
          <th scope="col" className="number">
            test loss
          </th>
        </tr>
      </thead>
      <tbody>
        {evaluations.map(({ time, snapshotIndex, accuracy, loss }, i) => (
          <tr key={i}>
            <td>
              <Ago time={time} />
            </td>
            <td className="number">{formatCount(snapshotIndex)}</td>
            <td className="number">{formatAccuracy(accuracy)}</td>
            <td className="number">{formatLoss(loss)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
