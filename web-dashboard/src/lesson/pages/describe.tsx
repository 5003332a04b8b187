import { useCallback, useMemo } from 'react';
import { readExamples } from '../../api/datasets';
import type { Question } from '../../api/demo';
import { getJob } from '../../api/jobs';
import type { Job } from '../../api/model';
import { askPredict } from '../../api/predict';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import { tilesFigure } from '../../charts/tiles-figure';
import { formatAccuracy } from '../../format';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useAnswer } from '../../ui/hooks';
import { ClassMark, Refused } from '../../ui/parts';
import { PictureView } from '../../views/picture-view';
import { choice, field, slider } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Stage, commandLine, runCode } from '../frame';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { Trained } from '../trained';
import { useControls } from '../use-controls';
import { useTraining } from '../use-training';

const kControls = {
  model: choice(
    'network',
    [
      ['mlp-mnist', '64 hidden units'],
      ['multiperceptron-mnist', 'no hidden layer'],
    ],
    'mlp-mnist',
  ),
  run: field('or a run of your own', '', (text) =>
    /^[a-z0-9]*$/.test(text) ? null : 'the id of a run, as in its address',
  ),
  example: slider('example', 0, 9999, 1, 0),
};

function View() {
  const [values, set] = useControls(kControls);
  const training = useTraining(() => planOf(values.model), values.run === '');
  const own = useAnswer(values.run === '' ? null : `own ${values.run}`, (signal) =>
    getJob(values.run, signal),
  );
  const ownJob = values.run !== '' && own.value?.id === values.run ? own.value : undefined;
  const shown = values.run === '' ? training : { ...training, job: ownJob, wasFound: true };
  const request = {
    snapshot: `jobs/${shown.job?.id ?? 'JOB'}/snapshots/last`,
    examples: { indices: [values.example] },
  };
  return (
    <Frame
      text={
        <>
          <p>
            Services that describe photographs are networks of this kind, only larger: a picture
            goes in, and a number for each label they know comes out. Ours knows ten labels. Give it
            a digit it was not trained on, or one that you wrote and photographed.
          </p>
          <p>
            It has an answer to everything. Show it a letter, a face or a cat, and it will tell you
            which digit that is, often with confidence. How sure it is says nothing about whether
            the question made sense.
          </p>
        </>
      }
      formulae={[
        '\\text{confidence of label } i = P(c = i \\mid \\mathbf x)',
        '\\sum_i P(c = i \\mid \\mathbf x) = 1',
      ]}
      code={runCode(shown, (id) => [
        {
          command: commandLine('model', 'predict', id, '--index', values.example),
          method: 'InspectService.Predict',
          request,
        },
      ])}
      questions={[
        {
          ask: 'Go through the examples. Can you find one that it gets wrong?',
          answer: (
            <p>
              Example 8 is a popular one, a 5 that looks much like a 6; about five in a hundred are.
              Mostly one would have hesitated oneself, and mostly the label that comes second is the
              right one.
            </p>
          ),
        },
        {
          ask: 'Write a digit on paper, photograph it, and drop it here. Does it work at an angle?',
          answer: (
            <p>
              Upright and centred, mostly. Turned by a quarter it fails: the network has only seen
              upright digits, and nobody told it that a turned 4 is still a 4.
            </p>
          ),
        },
      ]}
    >
      <section className="panel stage choices" aria-label="Network and example">
        <ControlRows controls={kControls} values={values} onChange={set} names={['example']} />
        <ControlRows controls={kControls} values={values} onChange={set} names={['model', 'run']} />
      </section>
      {own.refusal !== undefined && values.run !== '' && <Refused refusal={own.refusal} />}
      <Trained training={shown} title="What it sees" canRepeat={values.run === ''}>
        {(job, snapshot) => (
          <Described job={job} snapshot={snapshot} request={request} example={values.example} />
        )}
      </Trained>
    </Frame>
  );
}

function Described({
  job,
  snapshot,
  request,
  example,
}: {
  job: Job;
  snapshot: number;
  request: { snapshot: string; examples: { indices: number[] } };
  example: number;
}) {
  const ask = useCallback(
    async (question: Question, signal: AbortSignal) => {
      const { indices } = (question as typeof request).examples;
      const [prediction, examples] = await Promise.all([
        askPredict(question, signal),
        readExamples(job.dataset, 'validation', indices[0] ?? 0, 1, signal),
      ]);
      return { prediction, inputs: examples.inputs };
    },
    [job.dataset],
  );
  const answer = useLatestAnswer(ask, request);
  const inputs = answer.value?.inputs;
  const prediction = answer.value?.prediction;
  const figure = useMemo(() => {
    const data = {
      shape: job.imageShape ?? { height: 1, width: 1, channels: 1 },
      tiles: inputs === undefined ? [] : [{ values: [...inputs], caption: '' }],
    };
    return (width: number, height: number, ink: Ink) => tilesFigure(width, height, data, ink);
  }, [inputs, job.imageShape]);
  const labels = (prediction?.probabilities ?? [])
    .map((confidence, label) => ({ label, confidence }))
    .sort((a, b) => b.confidence - a.confidence);
  return (
    <>
      <Stage title="An example it was not trained on" className="described" answers={[answer]}>
        <div className="stage-row">
          <FigureCanvas label={`Example ${example}`} figure={figure} />
          <table className="plain labels">
            <thead>
              <tr>
                <th scope="col">label</th>
                <th scope="col" className="number">
                  confidence
                </th>
              </tr>
            </thead>
            <tbody>
              {labels.map(({ label, confidence }) => (
                <tr key={label} data-label={label}>
                  <th scope="row">
                    <ClassMark label={label} /> {label}
                  </th>
                  <td className="number">
                    <data value={confidence}>{formatAccuracy(confidence)}</data>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Facts
          facts={[
            ['seen as', String(prediction?.label ?? '–'), prediction?.label],
            ['it is', String(prediction?.trueLabel ?? '–'), prediction?.trueLabel],
          ]}
        />
      </Stage>
      <Stage title="Your own picture">
        <PictureView job={job} snapshot={snapshot} />
      </Stage>
    </>
  );
}

export const describe: LessonPage = {
  slug: 'describe',
  title: 'Describe a picture',
  about: 'Labels with confidences, for an example or a photograph of yours.',
  View,
};
