// What all pages of the lesson have in common: the text on the left, the live thing beside it.

import { createContext, useContext } from 'react';
import type { ReactNode } from 'react';
import type { Question } from '../api/demo';
import type { Refusal } from '../api/model';
import { shellQuoted } from '../api/settings';
import { Link, Refused } from '../ui/parts';
import { Formula } from './formula';
import type { Place } from './lesson';
import type { Training } from './use-training';

/** How to ask the same without the page. */
export interface Code {
  /** Empty where the command before asks this, too. */
  readonly command: string;
  /** Such as `DemoService.Schedule`. */
  readonly method: string;
  readonly request: Question;
}

/** How a page's run is trained and, once there is one, what else is asked about its last snapshot. */
export function runCode(
  training: Training,
  ask: (id: string, snapshot: string) => readonly Code[],
): readonly Code[] {
  const id = training.job?.id;
  return id === undefined
    ? [training.code]
    : [training.code, ...ask(id, `jobs/${id}/snapshots/last`)];
}

export interface TryIt {
  readonly ask: ReactNode;
  readonly answer: ReactNode;
}

export const CurrentPlace = createContext<{ place: Place; count: number } | null>(null);

interface Props {
  readonly text: ReactNode;
  /** In TeX, each on lines of its own. */
  readonly formulae: readonly string[];
  readonly code: readonly Code[];
  readonly questions: readonly TryIt[];
  readonly children: ReactNode;
}

export function Frame({ text, formulae, code, questions, children }: Props) {
  const current = useContext(CurrentPlace);
  return (
    <>
      <article className="lesson-text" tabIndex={0} aria-label="Explanation">
        {current !== null && (
          <header>
            <p className="lesson-place">
              <Link to="/lesson">Lesson</Link>
              <span>{current.place.chapter.title}</span>
              <span className="number">
                {current.place.number} of {current.count}
              </span>
            </p>
            <h1>{current.place.page.title}</h1>
          </header>
        )}
        {text}
        {formulae.map((tex) => (
          <Formula key={tex} tex={tex} />
        ))}
        <section className="try-it" aria-label="Try it">
          <h2>Try it</h2>
          {questions.map(({ ask, answer }, i) => (
            <details key={i}>
              <summary>{ask}</summary>
              <div className="answer">{answer}</div>
            </details>
          ))}
        </section>
        <details className="show-code">
          <summary>Show the code</summary>
          {code.map(({ command, method, request }, i) => (
            <div key={i} className="code">
              {command !== '' && (
                <>
                  <h3>On the command line</h3>
                  <code className="command shell">{command}</code>
                </>
              )}
              <h3>{method}</h3>
              <pre className="command request" tabIndex={0}>
                {JSON.stringify(request, null, 1)}
              </pre>
            </div>
          ))}
          {code.length === 0 && (
            <p className="muted">There is something to ask once it is trained.</p>
          )}
        </details>
      </article>
      <div className="lesson-stage">{children}</div>
    </>
  );
}

/** A panel for one live thing; busy while the server has not answered what the controls ask. */
export function Stage({
  title,
  about,
  answers = [],
  className,
  children,
}: {
  title: string;
  /** Beside the title, such as a legend. */
  about?: ReactNode;
  answers?: readonly { readonly isStale?: boolean; readonly refusal?: Refusal }[];
  className?: string;
  children: ReactNode;
}) {
  const refusal = answers.find((answer) => answer.refusal !== undefined)?.refusal;
  return (
    <section
      className={`panel stage ${className ?? ''}`}
      aria-label={title}
      aria-busy={answers.some(({ isStale }) => isStale === true)}
    >
      <header>
        <h2>{title}</h2>
        {about}
      </header>
      {children}
      {refusal !== undefined && <Refused refusal={refusal} />}
    </section>
  );
}

/** Numbers below a figure: what each is, how it reads, and the server's own digits. */
export function Facts({
  facts,
}: {
  facts: readonly (readonly [name: string, text: string, value?: number | string])[];
}) {
  return (
    <dl className="readout facts">
      {facts.map(([name, text, value]) => (
        <div key={name} data-fact={name}>
          <dt>{name}</dt>
          <dd className="number">
            <data value={value === undefined ? text : String(value)}>{text}</data>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What the colours and dashes of a plot stand for. */
export function Key({
  items,
}: {
  items: readonly { readonly name: ReactNode; readonly colour: string; readonly dash?: boolean }[];
}) {
  return (
    <ul className="legend plot-key">
      {items.map(({ name, colour, dash }, i) => (
        <li key={i}>
          <svg viewBox="0 0 20 8" width="20" height="8" aria-hidden="true">
            <path d="M0 4h20" stroke={colour} strokeDasharray={dash === true ? '4 3' : undefined} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

/** Words as a command for a shell. */
export function commandLine(...words: readonly (string | number)[]): string {
  return ['percept', ...words.map((word) => shellQuoted(String(word)))].join(' ');
}
