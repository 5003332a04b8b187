import { expect, it } from 'vitest';
import { momentsCsv } from './csv';

it('momentsCsv leaves unset measures empty', async () => {
  const lines: string[] = [];
  const moment = {
    index: 1,
    step: 2,
    instances: 20,
    epoch: 0,
    time: 0,
    metrics: { validationAccuracy: 0.5 },
  };
  for await (const line of momentsCsv([moment])) lines.push(line);
  expect(lines[0]).toContain('index,step,instances,epoch,create_time,validation_accuracy');
  expect(lines[1]).toBe('1,2,20,0,1970-01-01T00:00:00.000Z,0.5,,,\r\n');
});
