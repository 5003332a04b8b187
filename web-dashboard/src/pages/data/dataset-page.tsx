import { useCallback, useMemo, useState } from 'react';
import { refusalOf } from '../../api/convert';
import { deleteDataset, getDataset, readExamples } from '../../api/datasets';
import type { Dataset, Examples, Refusal, Split } from '../../api/model';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import { planeFigure } from '../../charts/plane-figure';
import { tilesFigure } from '../../charts/tiles-figure';
import { classColour, css } from '../../colour';
import { formatBytes, formatCount, formatSignificant } from '../../format';
import { covering } from '../../scale';
import { useAnswer, useTitle } from '../../ui/hooks';
import { ClassMark, Confirm, Link, Notice, Refused, Tabs } from '../../ui/parts';
import { navigate, useParameter } from '../../ui/router';
import { useAppearance } from '../../ui/theme';

const kPictures = 60;
const kPoints = 1000;

const kRules: Record<Split, string> = {
  train: 'What models are fitted to.',
  validation: 'To choose settings by; never trained on, unless a run says so.',
  test: 'Held out: only a final evaluation sees it, and each one is on record.',
};

export default function DatasetPage({ id }: { id: string }) {
  useTitle(id);
  const dataset = useAnswer(`dataset ${id}`, (signal) => getDataset(id, signal));
  if (dataset.value === undefined) {
    return (
      <div className="page">
        <h1>{id}</h1>
        {dataset.refusal === undefined ? (
          <Notice>Asking the server …</Notice>
        ) : (
          <Refused refusal={dataset.refusal} onRetry={dataset.reload} />
        )}
        <p>
          <Link to="/data">All data sets</Link>
        </p>
      </div>
    );
  }
  return <Loaded dataset={dataset.value} />;
}

function Loaded({ dataset }: { dataset: Dataset }) {
  const [splitText, setSplit] = useParameter('split');
  const [startText, setStart] = useParameter('start');
  const [asksDelete, setAsksDelete] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const open = dataset.splits.filter((each) => each.split !== 'test' && each.examples > 0);
  const split = open.find((each) => each.split === splitText)?.split ?? open[0]?.split ?? 'train';
  const most = dataset.imageShape === undefined ? kPoints : kPictures;
  const start = Math.max(0, Number(startText) || 0);
  const examples = useAnswer(`${dataset.id} ${split} ${start}`, (signal) =>
    readExamples(dataset.id, split, start, most, signal),
  );
  const total = dataset.splits.find((each) => each.split === split)?.examples ?? 0;
  const page = (by: number) => {
    const next = Math.max(0, start + by * most);
    setStart(next === 0 ? null : String(next));
  };
  const remove = async () => {
    try {
      await deleteDataset(dataset.id);
      navigate('/data');
    } catch (error) {
      setRefusal(refusalOf(error));
    }
  };
  return (
    <div className="dataset-page">
      <header className="run-head">
        <div className="run-title">
          <h1>{dataset.id}</h1>
        </div>
        <p className="run-facts muted">
          <span>{dataset.origin}</span>
          <span>{formatCount(dataset.inputs)} inputs</span>
          <span>{dataset.classes} classes</span>
          <span>{formatBytes(dataset.sizeBytes)}</span>
          <span>
            {formatCount(dataset.jobCount)} {dataset.jobCount === 1 ? 'run' : 'runs'}
          </span>
        </p>
        <div className="run-actions">
          {dataset.origin !== 'installed' && (
            <button type="button" onClick={() => setAsksDelete(true)}>
              Delete
            </button>
          )}
        </div>
        {refusal !== null && <Refused refusal={refusal} />}
      </header>
      {asksDelete && (
        <Confirm
          title="Delete this data set?"
          act="Delete for good"
          onAct={() => void remove()}
          onClose={() => setAsksDelete(false)}
        >
          {dataset.id} and its {formatBytes(dataset.sizeBytes)} will be gone.
        </Confirm>
      )}
      <div className="dataset-columns">
        <section className="panel examples-panel" aria-label="Examples">
          <header>
            <h2>Examples</h2>
            <Tabs
              label="Split"
              tabs={open.map((each) => [each.split, `${each.split} ${formatCount(each.examples)}`])}
              chosen={split}
              onChoose={(next) => {
                setStart(null);
                setSplit(next === open[0]?.split ? null : next);
              }}
            />
            {total > most && (
              <span className="pager">
                <button
                  type="button"
                  className="quiet"
                  disabled={start === 0}
                  onClick={() => page(-1)}
                >
                  earlier
                </button>
                <span className="number muted">
                  {formatCount(start + 1)} to{' '}
                  {formatCount(Math.min(total, start + (examples.value?.labels.length ?? most)))}
                </span>
                <button
                  type="button"
                  className="quiet"
                  disabled={start + most >= total}
                  onClick={() => page(1)}
                >
                  later
                </button>
              </span>
            )}
          </header>
          {examples.refusal !== undefined && (
            <Refused refusal={examples.refusal} onRetry={examples.reload} />
          )}
          <ExamplesFigure dataset={dataset} examples={examples.value} />
        </section>
        <section className="panel" aria-label="Splits">
          <header>
            <h2>Splits</h2>
          </header>
          <Splits dataset={dataset} />
          <header>
            <h2>Where from</h2>
          </header>
          <dl className="rows">
            {dataset.sourceRows.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
            <div>
              <dt>digest</dt>
              <dd className="digest">{dataset.digest}</dd>
            </div>
          </dl>
        </section>
      </div>
    </div>
  );
}

function ExamplesFigure({
  dataset,
  examples,
}: {
  dataset: Dataset;
  examples: Examples | undefined;
}) {
  const shape = dataset.imageShape;
  const tiles = useMemo(() => {
    if (shape === undefined || examples === undefined) return [];
    return Array.from(examples.labels, (label, i) => ({
      values: [...examples.inputs.subarray(i * examples.width, (i + 1) * examples.width)],
      caption: String(label),
      captionLabel: label,
    }));
  }, [shape, examples]);
  const plane = useMemo(() => {
    const points = Array.from(examples?.labels ?? [], (label, i) => ({
      x: examples?.inputs[i * examples.width] ?? 0,
      y:
        examples !== undefined && examples.width > 1
          ? (examples.inputs[i * examples.width + 1] ?? 0)
          : 0,
      label,
    }));
    return {
      x: covering(
        points.map((point) => point.x),
        0.08,
      ),
      y: covering(
        points.map((point) => point.y),
        0.08,
      ),
      xName: 'x0',
      yName: 'x1',
      points,
      ringed: [],
    };
  }, [examples]);
  const figure = useCallback(
    (width: number, height: number, ink: Ink) =>
      shape === undefined
        ? planeFigure(width, height, plane, ink)
        : tilesFigure(width, height, { shape, tiles }, ink),
    [shape, plane, tiles],
  );
  if (shape === undefined && dataset.inputs > 3) return <ExamplesTable examples={examples} />;
  return (
    <FigureCanvas
      label={`${examples?.labels.length ?? 0} examples of ${dataset.id}`}
      figure={figure}
    />
  );
}

const kTableRows = 100;
const kTableColumns = 12;

function ExamplesTable({ examples }: { examples: Examples | undefined }) {
  if (examples === undefined) return <Notice>Reading examples …</Notice>;
  const columns = Math.min(kTableColumns, examples.width);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of examples">
      <table className="plain">
        <thead>
          <tr>
            <th>class</th>
            {Array.from({ length: columns }, (_, column) => (
              <th key={column} className="number">
                x{column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from(examples.labels.subarray(0, kTableRows), (label, row) => (
            <tr key={row}>
              <th scope="row">
                <ClassMark label={label} /> {label}
              </th>
              {Array.from({ length: columns }, (_, column) => (
                <td key={column} className="number">
                  {formatSignificant(examples.inputs[row * examples.width + column] ?? 0, 4)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Splits({ dataset }: { dataset: Dataset }) {
  const { theme } = useAppearance();
  return (
    <div className="splits">
      {dataset.splits.map(({ split, examples, classCounts }) => {
        const most = Math.max(1, ...classCounts);
        return (
          <div key={split} className="split">
            <h3>
              {split} <span className="number muted">{formatCount(examples)}</span>
            </h3>
            <p className="muted">{kRules[split]}</p>
            {examples > 0 && split !== 'test' && (
              <ul className="balance" aria-label={`Class balance of ${split}`}>
                {classCounts.map((count, label) => (
                  <li key={label} title={`class ${label}: ${formatCount(count)}`}>
                    <ClassMark label={label} />
                    <span className="class-name">{label}</span>
                    <span className="probability-track">
                      <span
                        style={{
                          width: `${(100 * count) / most}%`,
                          background: css(classColour(label, theme)),
                        }}
                      />
                    </span>
                    <span className="number">{formatCount(count)}</span>
                  </li>
                ))}
              </ul>
            )}
            {split === 'test' && dataset.testReadCount > 0 && (
              <p>read {formatCount(dataset.testReadCount)} times</p>
            )}
          </div>
        );
      })}
    </div>
  );
}
