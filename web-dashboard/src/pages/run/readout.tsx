import type { Job, Metrics, Moment } from '../../api/model';
import { formatAccuracy, formatCount, formatLoss } from '../../format';
import { contextOf } from './curves-panel';

/** The numbers of the moment that everything else shows. */
export function Readout({
  moment,
  job,
  moments,
}: {
  moment: Moment | undefined;
  job: Job;
  moments: readonly Moment[];
}) {
  const { instancesPerEpoch } = contextOf(job, moments);
  const metrics: Metrics = moment?.metrics ?? {};
  const items: [string, string][] = [
    ['step', moment === undefined ? '–' : formatCount(moment.step)],
    ['instances', moment === undefined ? '–' : formatCount(moment.instances)],
    ...(job.model === 'perceptron'
      ? []
      : ([
          [
            'epoch',
            moment === undefined
              ? '–'
              : instancesPerEpoch > 0
                ? (moment.instances / instancesPerEpoch).toFixed(2)
                : String(moment.epoch),
          ],
        ] as [string, string][])),
    ['accuracy', formatAccuracy(metrics.validationAccuracy ?? metrics.trainingAccuracy)],
    ['loss', formatLoss(metrics.validationLoss ?? metrics.trainingLoss)],
  ];
  return (
    <dl className="readout">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
