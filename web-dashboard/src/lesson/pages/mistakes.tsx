import { weightImages } from '../../api/inspect';
import type { Job } from '../../api/model';
import { formatSignificant } from '../../format';
import { useSnapshotAnswer } from '../../state/use-snapshot-answer';
import { Facts, Frame, commandLine, runCode } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { pointsPlan } from '../plans';
import { RunStage } from '../run-stage';
import { useTraining } from '../use-training';

function View() {
  const training = useTraining(pointsPlan);
  return (
    <Frame
      text={
        <>
          <p>
            Rosenblatt’s rule from 1957 finds the line by itself. It begins with all weights at
            zero, looks at one point at a time, and does nothing as long as the answers are right.
          </p>
          <p>
            After a mistake it adds a positive point to the weights, or takes a negative one away.
            Each stop of the slider is one such change; the ring marks the point that caused it. A
            third input of 1 lets the line leave the origin.
          </p>
        </>
      }
      formulae={[
        'E_{\\mathrm P}(\\mathbf w) = -\\sum_{n \\in \\mathcal M} \\mathbf w^{\\mathsf T} \\mathbf x_n t_n',
        '\\mathbf w^{\\tau+1} = \\mathbf w^{\\tau} + \\eta\\, \\mathbf x_n t_n',
      ]}
      code={runCode(training, (id, snapshot) => [
        {
          command: commandLine('inspect', 'boundary', id),
          method: 'InspectService.DecisionGrid',
          request: { snapshot },
        },
      ])}
      questions={[
        {
          ask: 'Go through the changes one by one with the arrow keys. Does accuracy rise each time?',
          answer: (
            <p>
              Here it does: two changes, and every point is right. Train again with other seeds,
              which draw other points: with seed 2 it falls several times. A change mends the point
              that caused it, or at least comes nearer to it, and may spoil others. What the rule
              promises is an end: if some line is right for all points, only finitely many mistakes
              are made.
            </p>
          ),
        },
        {
          ask: 'Watch A, B and C while you move. How large is each step?',
          answer: (
            <p>
              As large as the point itself, for <M>{'\\eta = 1'}</M>: C always moves by 1, which is
              the third input. As the weights grow, the same step turns the line less.
            </p>
          ),
        },
      ]}
    >
      <RunStage
        training={training}
        panels={['input', 'curves']}
        below={(job, index) => <Weights job={job} index={index} />}
      />
    </Frame>
  );
}

function Weights({ job, index }: { job: Job; index: number }) {
  const answer = useSnapshotAnswer(`${job.id} line`, index, (at, signal) =>
    weightImages(job.id, at, 0, signal),
  );
  const weights = answer.value?.images[0]?.weights ?? [];
  return (
    <div className="panel stage line-weights" aria-busy={answer.isStale}>
      <Facts
        facts={['A', 'B', 'C'].map((name, i) => [
          name,
          weights[i] === undefined ? '–' : formatSignificant(weights[i], 3).replace('-', '−'),
          weights[i],
        ])}
      />
    </div>
  );
}

export const mistakes: LessonPage = {
  slug: 'mistakes',
  title: 'Learning from mistakes',
  about: 'A perceptron moves its line, one wrong point at a time.',
  View,
};
