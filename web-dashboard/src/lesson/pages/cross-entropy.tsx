import { useCallback, useMemo } from 'react';
import { crossEntropy } from '../../api/demo';
import { barsFigure } from '../../charts/bars-figure';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import { classColour, css } from '../../colour';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useAppearance } from '../../ui/theme';
import { slider } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { numberText, shares } from '../number-text';
import { useControls } from '../use-controls';

const kP = ['p1', 'p2', 'p3', 'p4', 'p5'] as const;
const kQ = ['q1', 'q2', 'q3', 'q4', 'q5'] as const;
const kControls = {
  p1: slider('p₁', 0, 100, 1, 40),
  p2: slider('p₂', 0, 100, 1, 25),
  p3: slider('p₃', 0, 100, 1, 20),
  p4: slider('p₄', 0, 100, 1, 10),
  p5: slider('p₅', 0, 100, 1, 5),
  q1: slider('q₁', 0, 100, 1, 10),
  q2: slider('q₂', 0, 100, 1, 15),
  q3: slider('q₃', 0, 100, 1, 30),
  q4: slider('q₄', 0, 100, 1, 20),
  q5: slider('q₅', 0, 100, 1, 25),
};

function View() {
  const [values, set] = useControls(kControls);
  const { theme } = useAppearance();
  const p = shares(kP.map((name) => values[name]));
  const q = shares(kQ.map((name) => values[name]));
  const isWhole = p !== undefined && q !== undefined;
  const request = { p: p ?? [], q: q ?? [] };
  const answer = useLatestAnswer(crossEntropy, isWhole ? request : null);
  const value = isWhole ? answer.value : undefined;
  const highest = Math.max(0.01, ...request.p, ...request.q);
  const colours = [0, 1, 2].map((label) => css(classColour(label, theme)));
  return (
    <Frame
      text={
        <>
          <p>
            Entropy says how much an outcome of <M>p</M> surprises on average; all outcomes alike
            surprise most. Cross-entropy is the surprise of somebody who expects <M>q</M> while{' '}
            <M>p</M> is what happens.
          </p>
          <p>
            It is never less than the entropy itself. What comes on top is the divergence, and it is
            zero only where <M>p</M> and <M>q</M> are the same. A classifier is trained to make it
            small: <M>p</M> is then 1 for the right class, and <M>q</M> what the model says.
          </p>
        </>
      }
      formulae={[
        'H(p, q) = -\\sum_i p_i \\log q_i',
        'H(p, q) = H(p) + D_{\\mathrm{KL}}(p \\,\\|\\, q)',
        'D_{\\mathrm{KL}}(p \\,\\|\\, q) = \\sum_i p_i \\log \\frac{p_i}{q_i}',
      ]}
      code={[
        {
          command: commandLine(
            'demo',
            'cross-entropy',
            '--p',
            request.p.join(','),
            '--q',
            request.q.join(','),
          ),
          method: 'DemoService.CrossEntropy',
          request,
        },
      ]}
      questions={[
        {
          ask: 'Make the divergence zero. How did you do it?',
          answer: (
            <p>
              By giving <M>q</M> the proportions of <M>p</M>. Cross-entropy then equals the entropy
              of <M>p</M>, which no choice of <M>q</M> can take away.
            </p>
          ),
        },
        {
          ask: 'Set q₁ to 0. What happens, and what if p₁ is 0, too?',
          answer: (
            <p>
              Cross-entropy is infinite: what was held for impossible happens all the same. Where{' '}
              <M>p</M> is 0, the term counts nothing. This is why a softmax that never says 0 is a
              good partner.
            </p>
          ),
        },
        {
          ask: 'Which p has the most entropy?',
          answer: (
            <p>
              The even one, with <M>{'\\log 5 \\approx 1.609'}</M> nats; the least, 0, has one that
              puts everything on a single outcome.
            </p>
          ),
        },
      ]}
    >
      <Stage title="Two distributions" answers={isWhole ? [answer] : []}>
        <div className="stage-row">
          <div>
            <Bars values={request.p} name="p: what holds" colour={colours[0]} highest={highest} />
            <ControlRows controls={kControls} values={values} onChange={set} names={kP} />
          </div>
          <div>
            <Bars
              values={request.q}
              name="q: what is assumed"
              colour={colours[1]}
              highest={highest}
            />
            <ControlRows controls={kControls} values={values} onChange={set} names={kQ} />
          </div>
        </div>
        <div className="stage-row lesser">
          <Bars
            values={value?.terms ?? []}
            name="−p log q of each, in nats"
            colour={colours[2]}
            highest={Math.max(0.1, ...(value?.terms ?? []).filter(Number.isFinite))}
          />
        </div>
        {!isWhole && (
          <p className="help wrong">A distribution needs at least one outcome above 0.</p>
        )}
        <Facts
          facts={[
            ['H(p)', numberText(value?.entropyP), value?.entropyP],
            ['H(q)', numberText(value?.entropyQ), value?.entropyQ],
            ['H(p,q)', numberText(value?.crossEntropy), value?.crossEntropy],
            ['KL(p‖q)', numberText(value?.divergence), value?.divergence],
          ]}
        />
      </Stage>
    </Frame>
  );
}

function Bars(props: {
  values: readonly number[];
  name: string;
  colour: string | undefined;
  highest: number;
}) {
  const { name, colour = '', highest } = props;
  const key = props.values.join();
  // By their text, since the list is made anew each time.
  const values = useMemo(() => key.split(',').map(Number), [key]);
  const figure = useCallback(
    (width: number, height: number, ink: Ink) =>
      barsFigure(width, height, { values, name, colour, highest }, ink),
    [values, name, colour, highest],
  );
  return <FigureCanvas label={name} figure={figure} />;
}

export const crossEntropyPage: LessonPage = {
  slug: 'cross-entropy',
  title: 'Measuring surprise',
  about: 'Entropy, cross-entropy and divergence of two distributions of your own.',
  View,
};
