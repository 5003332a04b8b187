import { activationWord, backpropExample } from '../../api/demo';
import type { ActivationName, Backprop } from '../../api/demo';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { choice, field, numbersOf, slider } from '../control';
import { ControlRows } from '../controls';
import { MatrixTable } from '../figures/matrix-table';
import { Facts, Frame, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { matrixOf, numberText } from '../number-text';
import { useControls } from '../use-controls';

const kMatrixHelp = 'rows with ; between, numbers with , between';
const isMatrix = (text: string) => (matrixOf(text) === undefined ? kMatrixHelp : null);
const kControls = {
  activation: choice(
    'f',
    [
      ['tanh', 'tanh'],
      ['identity', 'none'],
      ['step', 'sign'],
      ['sigmoid', 'sigmoid'],
      ['relu', 'ReLU'],
      ['gelu', 'GELU'],
    ],
    'tanh',
  ),
  shift: slider('added to biases', -2, 2, 0.05, 0),
  x: field('x', '0.3,-0.5;-0.4,1', isMatrix),
  w: field('W', '0.55,-0.12;-0.32,0.5', isMatrix),
  b: field('b', '0.4,-0.2', (text) => (numbersOf(text) === undefined ? kMatrixHelp : null)),
  t: field('targets', '1,0', (text) =>
    numbersOf(text)?.every(Number.isInteger) === true ? null : 'class numbers with , between',
  ),
  gradient: field('∂L/∂p, in place of a loss', '', (text) => (text === '' ? null : isMatrix(text))),
};

/** Rounded as one would write them, so that 0.4 + 0.1 reads 0.5. */
function shifted(biases: readonly number[], by: number): number[] {
  return biases.map((bias) => Number((bias + by).toFixed(6)));
}

function View() {
  const [values, set] = useControls(kControls);
  const x = matrixOf(values.x);
  const w = matrixOf(values.w);
  const biases = shifted(numbersOf(values.b) ?? [], values.shift);
  const targets = numbersOf(values.t) ?? [];
  const gradient = values.gradient === '' ? undefined : matrixOf(values.gradient);
  const isRight = (Object.keys(kControls) as (keyof typeof kControls)[]).every((name) => {
    const control = kControls[name];
    return control.kind !== 'field' || control.check(String(values[name])) === null;
  });
  const request = {
    inputs: [...(x?.values ?? [])],
    input_count: x?.columns ?? 2,
    weights: [...(w?.values ?? [])],
    biases,
    ...(gradient === undefined ? { targets } : { output_gradient: [...gradient.values] }),
    activation: activationWord(values.activation as ActivationName),
  };
  const answer = useLatestAnswer(backpropExample, isRight ? request : null);
  const value = isRight && answer.refusal === undefined ? answer.value : undefined;
  return (
    <Frame
      text={
        <>
          <p>
            One layer, all the way forwards and all the way back. Forwards: sums <M>h</M>, their
            activations <M>s</M>, probabilities <M>p</M>. Backwards: how the loss changes with each
            of them, and at last with every weight.
          </p>
          <p>
            Each step back needs only what the step forwards has left behind. Rows are examples, but
            for <M>{'\\mathbf W'}</M>, whose rows are classes.
          </p>
        </>
      }
      formulae={[
        '\\mathbf h = \\mathbf W\\mathbf x + \\mathbf b,\\quad \\mathbf s = f(\\mathbf h),\\quad \\mathbf p = \\operatorname{softmax}(\\mathbf s)',
        '\\frac{\\partial L}{\\partial s_i} = \\frac{p_i - t_i}{B}, \\qquad \\delta_i = \\frac{\\partial L}{\\partial s_i}\\,(1 - s_i^2)',
        '\\frac{\\partial L}{\\partial \\mathbf W} = \\sum_n \\delta_n \\mathbf x_n^{\\mathsf T}, \\qquad \\frac{\\partial L}{\\partial \\mathbf b} = \\sum_n \\delta_n',
      ]}
      code={[
        {
          command: commandLine(
            'demo',
            'backprop',
            `--inputs=${values.x.replaceAll(' ', '')}`,
            `--weights=${values.w.replaceAll(' ', '')}`,
            `--biases=${biases.join(',')}`,
            ...(gradient === undefined
              ? ['--targets', values.t.replaceAll(' ', '')]
              : [`--output-gradient=${values.gradient.replaceAll(' ', '')}`]),
            '--activation',
            values.activation,
          ),
          method: 'DemoService.BackpropExample',
          request,
        },
      ]}
      questions={[
        {
          ask: 'Choose sign. How many classes say yes to each example? Can you make it none?',
          answer: (
            <p>
              One to the first, two to the second: a step for each class need not agree on one. Add
              −1 to the biases and nobody says yes. A softmax always ends up with one answer, and
              with how sure it is.
            </p>
          ),
        },
        {
          ask: 'Shift both biases far up. What becomes of dW?',
          answer: (
            <p>
              It dies away. Where <M>{'|h|'}</M> is large, tanh is flat, <M>{'1 - s^2'}</M> is next
              to nothing, and no error gets through.
            </p>
          ),
        },
      ]}
    >
      <Stage title="Every number of one step" answers={isRight ? [answer] : []}>
        <Matrices value={value} x={x?.values ?? []} width={x?.columns ?? 2} />
        <Facts
          facts={[
            ['loss', numberText(value?.loss), value?.loss],
            [
              'yes to each example',
              value?.positiveCounts.join(', ') ?? '–',
              value?.positiveCounts.join(','),
            ],
          ]}
        />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          names={['activation', 'shift']}
        />
        <details className="own-numbers">
          <summary>Numbers of your own</summary>
          <ControlRows
            controls={kControls}
            values={values}
            onChange={set}
            names={['x', 'w', 'b', 't', 'gradient']}
          />
        </details>
      </Stage>
    </Frame>
  );
}

function Matrices({
  value,
  x,
  width,
}: {
  value: Backprop | undefined;
  x: readonly number[];
  width: number;
}) {
  const classes = value?.classes ?? 2;
  return (
    <div className="matrices">
      <div className="matrix-row" aria-label="Forwards" role="group">
        <MatrixTable name="x" values={x} columns={width} />
        <MatrixTable name="h" values={value?.linear} columns={classes} />
        <MatrixTable name="s" values={value?.activated} columns={classes} />
        <MatrixTable name="p" values={value?.probabilities} columns={classes} />
      </div>
      <div className="matrix-row" aria-label="Backwards" role="group">
        <MatrixTable name="∂L/∂s" values={value?.activatedGradient} columns={classes} />
        <MatrixTable name="∂L/∂h" values={value?.linearGradient} columns={classes} />
        <MatrixTable name="dW" values={value?.weightGradient} columns={width} />
        <MatrixTable name="db" values={value?.biasGradient} columns={classes} />
        <MatrixTable name="∂L/∂x" values={value?.inputGradient} columns={width} />
      </div>
    </div>
  );
}

export const backprop: LessonPage = {
  slug: 'backprop',
  title: 'Backwards through one layer',
  about: 'A worked example of backpropagation with every number on the table.',
  View,
};
