import type { ReactNode } from 'react';
import { isFinal } from '../api/model';
import type { Job } from '../api/model';
import { useRun } from '../state/use-run';
import { Notice, Refused } from '../ui/parts';
import { Stage } from './frame';
import { TrainingBar } from './training-bar';
import type { Training } from './use-training';

/** For pages that ask something of a trained network: its run, and what is asked once it has ended. */
export function Trained({
  training,
  title,
  canRepeat,
  children,
}: {
  training: Training;
  title: string;
  canRepeat?: boolean;
  children: (job: Job, snapshot: number) => ReactNode;
}) {
  return training.job === undefined ? (
    <>
      <TrainingBar trainings={[training]} what="network" canRepeat={canRepeat} />
      <Stage title={title} answers={[{ isStale: training.refusal === undefined }]}>
        <Notice>It needs a trained network first.</Notice>
      </Stage>
    </>
  ) : (
    <TrainedRun
      key={training.job.id}
      id={training.job.id}
      {...{ training, title, canRepeat, children }}
    />
  );
}

function TrainedRun({
  training,
  id,
  title,
  canRepeat,
  children,
}: {
  training: Training;
  id: string;
  title: string;
  canRepeat?: boolean;
  children: (job: Job, snapshot: number) => ReactNode;
}) {
  const [run] = useRun(id);
  const isReady = run.job !== undefined && isFinal(run.job.state) && run.newestIndex >= 0;
  return (
    <>
      <TrainingBar trainings={[training]} jobs={[run.job]} what="network" canRepeat={canRepeat} />
      {run.refusal !== undefined && <Refused refusal={run.refusal} />}
      {isReady ? (
        children(run.job, run.newestIndex)
      ) : (
        <Stage title={title} answers={[{ isStale: run.refusal === undefined }]}>
          <Notice>The network is being trained.</Notice>
        </Stage>
      )}
    </>
  );
}
