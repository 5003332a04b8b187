import { fromJson } from '@bufbuild/protobuf';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  BackpropExampleRequestSchema,
  CompareActivationsRequestSchema,
  CrossEntropyRequestSchema,
  GradientFlowRequestSchema,
  ImageStructureRequestSchema,
  ManualClassifierRequestSchema,
  OptimizeScalarRequestSchema,
  ScheduleRequestSchema,
} from '../src/gen/percept/v1/demo_service_pb';
import {
  AttackRequestSchema,
  CapacityRequestSchema,
  ExploreRequestSchema,
  PredictRequestSchema,
} from '../src/gen/percept/v1/inspect_service_pb';
import type {
  AttackResult,
  AttackStep,
  ExploreResult,
  ExploreStep,
} from '../src/gen/percept/v1/inspect_service_pb';
import { Split } from '../src/gen/percept/v1/dataset_pb';
import { JobSpecSchema } from '../src/gen/percept/v1/job_pb';
import { formatAccuracy, formatCount, formatLoss } from '../src/format';
import { kChapterPaths } from './lesson-paths';
import { api } from './api';
import { seriousFindings } from './axe';
import { readout } from './browser';
import { shell } from './command-line';
import {
  expectPictures,
  fact,
  factText,
  longestLine,
  moveAll,
  open,
  set,
  settled,
  shownCode,
} from './lesson-page';
import { useStage } from './pages';

const stage = useStage();
const kPaths = kChapterPaths.map(([path]) => path);

async function visit(path: string): Promise<Page> {
  await open(stage.page, `${stage.server.url}/lesson/${path}`);
  return stage.page;
}

/** The request of the page's code that asks a method, as the contract has it. */
async function asked<D extends DescMessage>(
  schema: D,
  method: string,
  which = 0,
): Promise<MessageShape<D>> {
  const found = (await shownCode(stage.page)).filter((code) => code.method.endsWith(method));
  return fromJson(schema, found[which]?.request ?? {});
}

function server() {
  return api(stage.server.url);
}

/** The run of a training page, by the link to it. */
async function runOf(page: Page, which = 0): Promise<string> {
  const link = page.locator('.training-run a').nth(which);
  return ((await link.getAttribute('href')) ?? '').replace('/runs/', '');
}

describe('the contents', () => {
  it('lead to each of the 22 pages, in order', async () => {
    const { page, server: at } = stage;
    await page.goto(at.url);
    await page.getByRole('link', { name: 'Lesson' }).click();
    await page.waitForURL('**/lesson');
    await page.locator('.chapters li').first().waitFor();
    expect(
      await page
        .locator('.chapters li a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ).toEqual(kPaths.map((path) => `/lesson/${path}`));
    expect(kPaths.length).toBe(22);
  });

  it('say so where there is no such page', async () => {
    await stage.page.goto(`${stage.server.url}/lesson/perceptron/nothing`);
    await stage.page.getByText('There is no such page in the lesson.').waitFor();
  });
});

describe('turning pages', () => {
  it('goes from the first to the last and back by keys alone', async () => {
    const { page, server: at } = stage;
    await page.goto(`${at.url}/lesson/${kPaths[0]}`);
    await page.locator('.lesson-text h1').waitFor();
    for (const path of kPaths.slice(1)) {
      await page.keyboard.press('n');
      await page.waitForURL(`**/lesson/${path}`);
    }
    await page.keyboard.press('n');
    for (const path of kPaths.slice(0, -1).reverse()) {
      await page.keyboard.press('b');
      await page.waitForURL(`**/lesson/${path}`);
    }
  });

  it('has next and previous in the same place on every page', async () => {
    const { page, server: at } = stage;
    const places = new Set<string>();
    for (const path of kPaths.slice(1, -1)) {
      await page.goto(`${at.url}/lesson/${path}`);
      const [back, next] = await Promise.all(
        ['.turn-back', '.turn-next'].map((each) => page.locator(each).boundingBox()),
      );
      places.add(`${back?.x} ${back?.y} ${(next?.x ?? 0) + (next?.width ?? 0)} ${next?.y}`);
    }
    expect([...places].length).toBe(1);
  });

  it('listens to a presenter’s remote in projector mode', async () => {
    const { page, server: at } = stage;
    await page.goto(`${at.url}/lesson/${kPaths[0]}?projector=1`);
    await page.locator('.lesson-text h1').waitFor();
    await page.keyboard.press('PageDown');
    await page.waitForURL(`**/lesson/${kPaths[1]}`);
    await page.keyboard.press('PageUp');
    await page.waitForURL(`**/lesson/${kPaths[0]}`);
  });
});

/** Each command that a page shows does what the page does. */
async function expectCommands(page: Page): Promise<void> {
  const codes = await shownCode(page);
  expect(codes.filter(({ command }) => command !== '').length).toBeGreaterThan(0);
  for (const { command, method, request } of codes) {
    if (command === '') continue;
    const isTraining = command.startsWith('percept train ');
    const isMaking = command.startsWith('percept dataset create ');
    const line = isTraining
      ? `${command} --detach`
      : isMaking
        ? command.replace(/create \S+/, 'create made-by-hand')
        : command;
    const { code, output, errors } = await shell(line, stage.server.grpcAddress);
    expect(`${code} ${errors}`, command).toMatch(/^0 /);
    if (!isTraining) {
      expect(output.trim(), method).toMatch(/^[{[]/);
      continue;
    }
    // The same as the request that the page sends, default for default.
    const { name } = JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as { name: string };
    const byCommand = await server().jobs.getJob({ name });
    const { spec } = request as { spec: object };
    const byRequest = await server().jobs.createJob({
      spec: fromJson(JobSpecSchema, spec as never),
    });
    expect(byCommand.spec).toEqual(byRequest.spec);
    // Those that are still on their way are in nobody's interest.
    for (const { name: each } of [byCommand, byRequest])
      await server()
        .jobs.cancelJob({ name: each })
        .catch(() => undefined);
  }
}

/** What is asked is answered on a click. */
async function expectAnswers(page: Page): Promise<void> {
  const questions = page.locator('.try-it details');
  expect(await questions.count()).toBeGreaterThan(0);
  expect(await questions.first().locator('.answer').isVisible()).toBe(false);
  await questions.first().locator('summary').click();
  expect(await questions.first().locator('.answer').isVisible()).toBe(true);
}

describe('every page', () => {
  it.each(kChapterPaths)(
    '%s draws, shows commands that work, goes along with every control, and is where its link says',
    async (path, controls) => {
      const page = await visit(path);
      await expectPictures(page);
      expect(await longestLine(page)).toBeLessThanOrEqual(60);
      expect(await page.locator('.lesson-text .katex-error').count()).toBe(0);
      expect(await page.locator('.lesson-text .katex').count()).toBeGreaterThan(0);
      await expectCommands(page);
      await expectAnswers(page);
      expect(await moveAll(page)).toBeGreaterThanOrEqual(controls);
      await expectPictures(page);
      const where = await page.locator('.lesson-stage [name]').evaluateAll(states);
      await page.reload();
      await page.locator('.lesson-text h1').waitFor();
      await settled(page);
      expect(await page.locator('.lesson-stage [name]').evaluateAll(states)).toEqual(where);
    },
  );

  it.each(kPaths)('%s has no serious barrier, and fits, on a desk and on a phone', async (path) => {
    const page = await visit(path);
    for (const [theme, width] of [
      ['light', 1440],
      ['dark', 390],
    ] as const) {
      await page.setViewportSize({ width, height: 844 });
      await page.goto(`${stage.server.url}/lesson/${path}?theme=${theme}`);
      await settled(page);
      expect(await seriousFindings(page), theme).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        `at ${width}`,
      ).toBeLessThanOrEqual(0);
    }
  });
});

function states(controls: readonly Element[]): string[] {
  return controls.map((control) => {
    const input = control as HTMLInputElement;
    return `${input.name} ${input.type === 'checkbox' ? input.checked : input.value}`;
  });
}

describe('numbers on demonstrations are the server’s', () => {
  it('a line by hand', async () => {
    const page = await visit('perceptron/by-hand');
    await set(page, 'b', '-2');
    await set(page, 'c', '0');
    expect(await fact(page, 'accuracy')).toBe(1);
    await set(page, 'c', '3');
    const answer = await server().demos.manualClassifier(
      await asked(ManualClassifierRequestSchema, 'ManualClassifier'),
    );
    expect(answer.accuracy).toBeLessThan(1);
    expect(await fact(page, 'accuracy')).toBe(answer.accuracy);
    expect(await factText(page, 'accuracy')).toBe(formatAccuracy(answer.accuracy));
    expect(await fact(page, 'wrong')).toBe(answer.wrongIndices.length);
  });

  it('activations', async () => {
    const page = await visit('optimisation/activations');
    for (const name of ['sigmoid', 'relu', 'gelu']) await set(page, name, true);
    await set(page, 'x', '-1.5');
    const { x, curves } = await server().demos.compareActivations(
      await asked(CompareActivationsRequestSchema, 'CompareActivations'),
    );
    const at = x.findIndex((each) => Math.abs(each + 1.5) < 1e-9);
    expect(curves.length).toBe(5);
    const names = ['step', 'tanh', 'sigmoid', 'relu', 'gelu'];
    for (const [i, name] of names.entries()) {
      expect(await fact(page, `${name}(x)`)).toBe(curves[i]?.values[at]);
      expect(await fact(page, `${name}′(x)`)).toBe(curves[i]?.derivatives[at]);
    }
    expect(await fact(page, 'tanh(x)')).toBeCloseTo(Math.tanh(-1.5), 12);
  });

  it('descent, with and without momentum, on any polynomial', async () => {
    const page = await visit('optimisation/descent');
    await set(page, 'step', '3');
    await set(page, 'beside', true);
    const { demos } = server();
    for (const [which, suffix] of [
      [0, ''],
      [1, ' of the second'],
    ] as const) {
      const request = await asked(OptimizeScalarRequestSchema, 'OptimizeScalar', which);
      const step = (await demos.optimizeScalar(request)).steps[3];
      expect(await fact(page, `x${suffix}`)).toBe(step?.x);
      expect(await fact(page, `y${suffix}`)).toBe(step?.value);
      expect(await fact(page, `y′${suffix}`)).toBe(step?.gradient);
      expect(await fact(page, `velocity${suffix}`)).toBe(step?.velocity);
    }
    // By hand: x <- x - 0.1 (2x - 5) from -2.
    expect(await fact(page, 'x')).toBeCloseTo(2.5 - 4.5 * 0.8 ** 3, 12);
    await set(page, 'coefficients', '0,1,-3,0,1');
    const other = await asked(OptimizeScalarRequestSchema, 'OptimizeScalar');
    expect(other.coefficients).toEqual([0, 1, -3, 0, 1]);
    expect(await fact(page, 'y')).toBe((await demos.optimizeScalar(other)).steps[3]?.value);
  });

  it('cross-entropy', async () => {
    const page = await visit('optimisation/cross-entropy');
    await set(page, 'q1', '80');
    const answer = await server().demos.crossEntropy(
      await asked(CrossEntropyRequestSchema, 'CrossEntropy'),
    );
    expect(await fact(page, 'H(p)')).toBe(answer.entropyP);
    expect(await fact(page, 'H(p,q)')).toBe(answer.crossEntropy);
    expect(await fact(page, 'KL(p‖q)')).toBe(answer.divergence);
    expect(answer.crossEntropy - answer.entropyP).toBeCloseTo(answer.divergence, 12);
    await set(page, 'q1', '0');
    expect(await factText(page, 'H(p,q)')).toBe('∞');
  });

  it('backpropagation', async () => {
    const page = await visit('optimisation/backprop');
    const answer = await server().demos.backpropExample(
      await asked(BackpropExampleRequestSchema, 'BackpropExample'),
    );
    const matrices: Record<string, number[]> = {
      h: answer.linear,
      s: answer.activated,
      p: answer.probabilities,
      '∂L/∂s': answer.activatedGradient,
      dW: answer.weightGradient,
      db: answer.biasGradient,
    };
    for (const [name, values] of Object.entries(matrices)) {
      const shown = await page
        .locator(`[data-matrix="${name}"] data`)
        .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute('value'))));
      expect(shown, name).toEqual(values);
    }
    expect(await fact(page, 'loss')).toBe(answer.loss);
    // With a step for each class, several may say yes.
    await set(page, 'activation', 'step');
    expect(await factText(page, 'yes to each example')).toBe('1, 2');
    await set(page, 'shift', '-1');
    expect(await factText(page, 'yes to each example')).toBe('0, 0');
  });

  it('schedules', async () => {
    const page = await visit('beyond/schedules');
    await set(page, 'tau', '2100');
    for (const [which, name] of [
      [0, 'stepped'],
      [1, 'inverse'],
    ] as const) {
      const answer = await server().demos.schedule(
        await asked(ScheduleRequestSchema, 'Schedule', which),
      );
      expect(await fact(page, name)).toBe(answer.learningRates[2100]);
    }
    expect(await fact(page, 'stepped')).toBeCloseTo(0.05 * 0.7 ** 2, 12);
    expect(await fact(page, 'inverse')).toBeCloseTo(0.05 / (1 + 0.1 * 2100) ** 0.1, 12);
  });

  it('vanishing gradients: the sigmoid’s do, ReLU’s do not', async () => {
    const page = await visit('beyond/vanishing');
    const { curves } = await server().demos.gradientFlow(
      await asked(GradientFlowRequestSchema, 'GradientFlow'),
    );
    for (const [i, name] of ['sigmoid', 'relu'].entries()) {
      const norms = curves[i]?.gradientNorms ?? [];
      expect(norms.length).toBe(20);
      expect(await fact(page, `${name}, first layer`)).toBe(norms[0]);
      expect(await fact(page, `${name}, last layer`)).toBe(norms.at(-1));
    }
    const shrunk = async (name: string) =>
      (await fact(page, `${name}, first layer`)) / (await fact(page, `${name}, last layer`));
    expect(await shrunk('sigmoid')).toBeLessThan(1e-6);
    expect(await shrunk('relu')).toBeGreaterThan(1e-3);
  });

  it('capacity, and the drawing of the same network', async () => {
    let page = await visit('beyond/capacity');
    expect(Number(await page.locator('[data-layer=linear0] data').getAttribute('value'))).toBe(
      50_240,
    );
    await set(page, 'hidden', '128,32');
    const answer = await server().inspection.capacity(
      await asked(CapacityRequestSchema, 'Capacity'),
    );
    expect(await fact(page, 'parameters')).toBe(Number(answer.parameterCount));
    expect(await page.locator('.capacity tbody tr').count()).toBe(3);
    page = await visit('beyond/diagram?hidden=128,32');
    expect(await factText(page, 'layers')).toBe('F128 → F32 → F10');
    expect(await fact(page, 'parameters')).toBe(Number(answer.parameterCount));
  });

  it('the structure of pictures', async () => {
    const page = await visit('beyond/structure');
    await set(page, 'photograph', '2');
    const answer = await server().demos.imageStructure(
      await asked(ImageStructureRequestSchema, 'ImageStructure'),
    );
    expect(answer.photograph).toBe(answer.photographs[1]);
    expect(await fact(page, 'values')).toBe(196_608);
    const shown = [answer.randomPixels, answer.photographPixels, answer.shuffledPixels];
    for (const [i, bytes] of shown.entries()) {
      const mean = bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
      expect(await meanOf(page, i), `picture ${i}`).toBeGreaterThan(mean - 4);
      expect(await meanOf(page, i), `picture ${i}`).toBeLessThan(mean + 4);
    }
  });
});

/** The mean of a picture's channels, its margins left out. */
async function meanOf(page: Page, i: number): Promise<number> {
  return page
    .locator('.pictures canvas')
    .nth(i)
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const side = Math.min(canvas.width, canvas.height) - 4;
      const left = Math.floor((canvas.width - side) / 2);
      const top = Math.floor((canvas.height - side) / 2);
      const data = canvas.getContext('2d')?.getImageData(left, top, side, side).data ?? [];
      let sum = 0;
      for (let j = 0; j < data.length; j += 1) if (j % 4 !== 3) sum += data[j] ?? 0;
      return sum / (data.length * 0.75);
    });
}

describe('numbers on training pages are the server’s', () => {
  it.each([
    'perceptron/mistakes',
    'perceptron/digit-pairs',
    'multiperceptron/three-classes',
    'multiperceptron/ten-digits',
    'mlp/hidden-layer',
    'inside/digit-network',
  ])('%s', async (path) => {
    const page = await visit(path);
    const { points } = await server().snapshots.getMetricSeries({
      name: `jobs/${await runOf(page)}`,
    });
    const last = points.at(-1);
    await expect.poll(() => readout(page, 'step')).toBe(formatCount(Number(last?.step)));
    const { metrics } = last ?? {};
    expect(await readout(page, 'accuracy')).toBe(
      formatAccuracy(metrics?.validationAccuracy ?? metrics?.trainingAccuracy),
    );
    expect(await readout(page, 'loss')).toBe(
      formatLoss(metrics?.validationLoss ?? metrics?.trainingLoss),
    );
  });

  it('the perceptron’s line, and its mistakes', async () => {
    let page = await visit('perceptron/mistakes');
    const line = await server().inspection.weightImages({
      snapshot: `jobs/${await runOf(page)}/snapshots/last`,
    });
    for (const [i, name] of ['A', 'B', 'C'].entries()) {
      expect(await fact(page, name)).toBe(line.images[0]?.weights[i]);
    }
    page = await visit('perceptron/digit-pairs');
    const confusion = await server().inspection.confusionMatrix({
      snapshot: `jobs/${await runOf(page)}/snapshots/last`,
      split: Split.TRAIN,
    });
    const [a = 0n, b = 0n, c = 0n, d = 0n] = confusion.counts;
    expect(await fact(page, 'correct')).toBe(Number(a + d));
    expect(await fact(page, 'mistakes')).toBe(Number(b + c));
  });

  it('a second visit finds the run, another seed makes another', async () => {
    let page = await visit('multiperceptron/three-classes');
    const first = await runOf(page);
    page = await visit('multiperceptron/three-classes');
    await page.getByRole('link', { name: 'a run that was here' }).waitFor();
    expect(await runOf(page)).toBe(first);
    await page.getByRole('button', { name: 'Again with another seed' }).click();
    await page.getByRole('link', { name: 'trained for this page' }).waitFor();
    await settled(page);
    expect(new URL(page.url()).searchParams.get('seed')).toBe('1');
    const second = await runOf(page);
    expect(second).not.toBe(first);
    expect((await server().jobs.getJob({ name: `jobs/${second}` })).spec?.seed).toBe(1n);
  });

  it('uncertainty', async () => {
    const page = await visit('multiperceptron/uncertainty');
    const shown: number[] = [];
    for (const t of ['0', '0.5', '1']) {
      await set(page, 't', t);
      const answer = await server().inspection.predict(
        await asked(PredictRequestSchema, 'Predict'),
      );
      const probabilities = answer.predictions[0]?.probabilities ?? [];
      expect(await fact(page, 'p of class 0')).toBe(probabilities[0]);
      expect(await fact(page, 'p of class 1')).toBe(probabilities[1]);
      shown.push(probabilities[0] ?? NaN);
    }
    expect(shown[0]).toBeGreaterThan(0.75);
    expect(shown[2]).toBeLessThan(0.25);
  });

  it('a description', async () => {
    const page = await visit('beyond/describe');
    await set(page, 'example', '8');
    const answer = await server().inspection.predict(await asked(PredictRequestSchema, 'Predict'));
    const prediction = answer.predictions[0];
    const rows = page.locator('.labels tbody tr');
    expect(await rows.count()).toBe(10);
    for (let i = 0; i < 10; i += 1) {
      const label = Number(await rows.nth(i).getAttribute('data-label'));
      expect(Number(await rows.nth(i).locator('data').getAttribute('value'))).toBe(
        prediction?.probabilities[label],
      );
    }
    expect(await fact(page, 'seen as')).toBe(prediction?.label);
    expect(await fact(page, 'it is')).toBe(prediction?.trueLabel);
  });
});

describe('what the lecture found is there to be seen', () => {
  const accuracyOf = async (page: Page, member: number) =>
    Number(
      await page
        .locator('.pair-member')
        .nth(member)
        .locator('.readout div', { has: page.locator('dt', { hasText: 'accuracy' }) })
        .locator('dd')
        .innerText(),
    );

  it('no line parts xor or bullseye, and each shows lines of its own', async () => {
    const page = await visit('multiperceptron/no-line');
    for (const i of [0, 1]) expect(await accuracyOf(page, i)).toBeLessThan(0.8);
    const [xor, bullseye] = await Promise.all(
      [0, 1].map(async (i) => server().jobs.getJob({ name: `jobs/${await runOf(page, i)}` })),
    );
    expect(xor?.spec?.dataset).toBe('datasets/xor');
    expect(bullseye?.spec?.dataset).toBe('datasets/bullseye');
  });

  it('the features make it so', async () => {
    const page = await visit('multiperceptron/features');
    for (const i of [0, 1]) expect(await accuracyOf(page, i)).toBeGreaterThan(0.95);
  });

  it.each(['xor', 'bullseye'])('2-3-2 parts %s by a plane in latent space', async (data) => {
    const page = await visit(`mlp/hidden-layer?data=${data}`);
    const snapshot = `jobs/${await runOf(page)}/snapshots/last`;
    const latent = await server().inspection.latent({ snapshot, examples: { maxExamples: 200 } });
    expect(latent.units).toBe(3);
    // Which of the two planes an example is farther above decides its class.
    let right = 0;
    latent.examplePredictions.forEach((prediction, i) => {
      const h = latent.exampleActivations.slice(3 * i, 3 * i + 3);
      const [a = 0, b = 0] = latent.planes.map(({ weights, offset }) =>
        weights.reduce((sum, weight, k) => sum + weight * (h[k] ?? 0), offset),
      );
      if ((b > a ? 1 : 0) === prediction.trueLabel) right += 1;
    });
    expect(right / latent.examplePredictions.length).toBeGreaterThan(0.97);
    expect(await readout(page, 'accuracy')).toBe(
      formatAccuracy(right / latent.examplePredictions.length),
    );
  });

  it('a point walks to the other class', async () => {
    const page = await visit('inside/explore');
    await page.getByText(/leads from step/).waitFor();
    let last: ExploreStep | undefined;
    let result: ExploreResult | undefined;
    for await (const message of server().inspection.explore(
      await asked(ExploreRequestSchema, 'Explore'),
    )) {
      last = message.steps.at(-1) ?? last;
      result = message.result ?? result;
    }
    expect(result?.flipStep).toBeGreaterThan(0);
    expect(result?.finalLabel).not.toBe(result?.originalLabel);
    const labels = [result?.originalLabel ?? 0, result?.finalLabel ?? 0];
    await expect
      .poll(() => page.locator('.walk-key b').allInnerTexts())
      .toEqual(labels.map((label) => formatAccuracy(last?.probabilities[label])));
  });

  it('the 4 becomes a 9', async () => {
    const page = await visit('inside/attack');
    await page.getByText(/the model is surer of class 9 than it was of class 4/).waitFor();
    let last: AttackStep | undefined;
    let result: AttackResult | undefined;
    for await (const message of server().inspection.attack(
      await asked(AttackRequestSchema, 'Attack'),
    )) {
      last = message.steps.at(-1) ?? last;
      result = message.result ?? result;
    }
    expect(result?.succeeded).toBe(true);
    expect([result?.originalLabel, result?.finalLabel]).toEqual([4, 9]);
    await expect
      .poll(() => page.locator('.walk-key b').allInnerTexts())
      .toEqual([last?.originalProbability, last?.targetProbability].map(formatAccuracy));
  });
});
