import { getDataset } from '../../api/datasets';
import type { Job } from '../../api/model';
import { formatAccuracy, formatCount } from '../../format';
import type { Run } from '../../state/run';
import { useShownMoment } from '../../state/use-shown-moment';
import { useAnswer } from '../../ui/hooks';
import { choice } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, commandLine, runCode } from '../frame';
import type { LessonPage } from '../lesson';
import { digitsPlan } from '../plans';
import { RunStage } from '../run-stage';
import { useControls } from '../use-controls';
import { useTraining } from '../use-training';

const kDigits = Array.from({ length: 10 }, (_, digit) => [String(digit), String(digit)] as const);
const kControls = {
  positive: choice('positive', kDigits, '1'),
  negative: choice('negative', kDigits, '0'),
};

function View() {
  const [values, set] = useControls(kControls);
  const [positive, negative] = [Number(values.positive), Number(values.negative)];
  // A digit cannot be told from itself: the one that was chosen last pushes the other on.
  const change = (changes: Partial<typeof values>) => {
    const next = { ...values, ...changes };
    if (next.positive !== next.negative) {
      set(changes);
      return;
    }
    const other = changes.positive === undefined ? 'positive' : 'negative';
    set({ ...changes, [other]: String((Number(next.positive) + 1) % 10) });
  };
  const training = useTraining(() => digitsPlan(positive, negative));
  return (
    <Frame
      text={
        <>
          <p>
            The same rule on pictures. Each of the 784 pixels of a digit has a weight, so the
            weights are a picture, too: vermillion speaks for {positive}, blue for {negative}.
          </p>
          <p>
            Every change adds a picture or takes one away. Early on one can still make out single
            digits in the weights; later they blur into what the two classes differ by, and the
            scale beneath them grows.
          </p>
        </>
      }
      formulae={[
        'y(\\mathbf x) = f(\\mathbf w^{\\mathsf T} \\mathbf x), \\quad \\mathbf x \\in [0,1]^{784}',
        'f(a) = \\begin{cases} +1 & a \\ge 0 \\\\ -1 & a < 0 \\end{cases}',
      ]}
      code={runCode(training, (id, snapshot) => [
        {
          command: commandLine('inspect', 'weights', id),
          method: 'InspectService.WeightImages',
          request: { snapshot },
        },
      ])}
      questions={[
        {
          ask: 'Go to the second snapshot. Whose picture do the weights show?',
          answer: (
            <p>
              That of the very example which caused the first change, since it was added to zeros or
              taken from them.
            </p>
          ),
        },
        {
          ask: 'Compare 1 against 0 with 2 against 5. Which takes more changes, and why?',
          answer: (
            <p>
              2 against 5. A stroke and a ring share few pixels; a 2 and a 5 cover much the same
              ground, so that their difference has to be drawn more carefully.
            </p>
          ),
        },
      ]}
    >
      <RunStage
        training={training}
        panels={['input', 'inside']}
        canRepeat={false}
        above={
          <section className="panel stage choices" aria-label="Digits">
            <ControlRows controls={kControls} values={values} onChange={change} />
          </section>
        }
        below={(job, index, run) => <MistakeBar job={job} index={index} run={run} />}
      />
    </Frame>
  );
}

/** How many of all examples the line of this moment gets right and wrong. */
function MistakeBar({ job, index, run }: { job: Job; index: number; run: Run }) {
  const moment = useShownMoment(job.id, run.moments, index);
  const dataset = useAnswer(`size ${job.dataset}`, (signal) => getDataset(job.dataset, signal));
  const examples = dataset.value?.splits.find((each) => each.split === 'train')?.examples;
  const accuracy = moment?.metrics.trainingAccuracy;
  const right =
    accuracy === undefined || examples === undefined ? undefined : Math.round(accuracy * examples);
  const wrong = right === undefined ? undefined : (examples ?? 0) - right;
  return (
    <section
      className="panel stage mistake-bar"
      aria-label="Mistakes and correct answers"
      aria-busy={right === undefined}
    >
      <span className="share-bar" aria-hidden="true">
        <span className="share-right" style={{ width: `${(accuracy ?? 0) * 100}%` }} />
      </span>
      <Facts
        facts={[
          ['correct', right === undefined ? '–' : formatCount(right), right],
          ['mistakes', wrong === undefined ? '–' : formatCount(wrong), wrong],
          ['accuracy', formatAccuracy(accuracy), accuracy],
        ]}
      />
    </section>
  );
}

export const digitPairs: LessonPage = {
  slug: 'digit-pairs',
  title: 'Two digits',
  about: 'A perceptron’s weights as a picture, for any two digits.',
  View,
};
