// Metrics as a table for other programs, after RFC 4180.

import type { Moment } from '../api/model';

const kHeader =
  'index,step,instances,epoch,create_time,validation_accuracy,validation_loss,training_accuracy,training_loss\r\n';

function line({ index, step, instances, epoch, time, metrics }: Moment): string {
  const measures = [
    metrics.validationAccuracy,
    metrics.validationLoss,
    metrics.trainingAccuracy,
    metrics.trainingLoss,
  ];
  const cells = [
    index,
    step,
    instances,
    epoch,
    new Date(time).toISOString(),
    ...measures.map((value) => value ?? ''),
  ];
  return `${cells.join(',')}\r\n`;
}

export async function* momentsCsv(
  moments: AsyncIterable<Moment> | Iterable<Moment>,
): AsyncGenerator<string> {
  yield kHeader;
  for await (const moment of moments) yield line(moment);
}
