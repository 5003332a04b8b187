// What a run can be asked: walks towards another class, pictures that people bring, the final test.

import { describe, expect, it } from 'vitest';
import { formatAccuracy, formatLoss } from '../src/format';
import { Generator } from '../src/gen/percept/v1/dataset_pb';
import { ImageInversion } from '../src/gen/percept/v1/inspect_service_pb';
import type { AttackStep, ExploreStep } from '../src/gen/percept/v1/inspect_service_pb';
import { api } from './api';
import { coloursOf } from './browser';
import { useStage } from './pages';
import { png } from './png';

const stage = useStage();
const kAtLast = /^step (\S+) \/ \1$/;

/** The probabilities below the chart, those of the original class first. */
async function shownProbabilities(): Promise<string[]> {
  return stage.page.locator('.walk-key b').allInnerTexts();
}

async function stepText(): Promise<string> {
  return (await stage.page.locator('.steps output').innerText()).replace(/\s+/g, ' ');
}

describe('exploring', () => {
  it('shows the server’s walk, a step at a time, in input and latent space', async () => {
    const id = await stage.train('mlp-xor');
    const { page } = stage;
    await page.getByRole('tab', { name: 'Explore' }).click();
    await expect.poll(() => page.url()).toContain('ask=explore');
    await page.getByLabel('from example').fill('3');
    await expect.poll(() => page.url()).toContain('row=3');
    const { inspection } = api(stage.server.url);
    const [start] = (
      await inspection.predict({
        snapshot: `jobs/${id}/snapshots/last`,
        inputs: { case: 'examples', value: { indices: [3n] } },
      })
    ).predictions;
    const original = start?.label ?? -1;
    const target = 1 - original;
    const steps: ExploreStep[] = [];
    for await (const message of inspection.explore({
      snapshot: `jobs/${id}/snapshots/last`,
      start: { point: { case: 'example', value: { indices: [3n] } } },
      targetLabel: target,
    }))
      steps.push(...message.steps);
    const shownAt = (step: number) =>
      [original, target].map((label) => formatAccuracy(steps[step]?.probabilities[label]));
    const last = steps.length - 1;
    expect(last).toBeGreaterThan(2);
    await expect.poll(stepText).toBe(`step ${last} / ${last}`);
    await expect.poll(shownProbabilities).toEqual(shownAt(last));
    await page.locator('.walk-figures .scene').waitFor();
    for (const canvas of ['.walk-figure canvas', '.walk-figures .scene canvas'])
      await expect.poll(() => coloursOf(page, canvas)).toBeGreaterThan(10);

    // The keys of the steps' slider leave the time slider where it is.
    const snapshot = await page.getByLabel('Snapshot', { exact: true }).inputValue();
    await page.getByLabel('Step', { exact: true }).focus();
    await page.keyboard.press('Home');
    await expect.poll(shownProbabilities).toEqual(shownAt(0));
    await page.keyboard.press('ArrowRight');
    await expect.poll(shownProbabilities).toEqual(shownAt(1));
    expect(await page.getByLabel('Snapshot', { exact: true }).inputValue()).toBe(snapshot);
    await expect.poll(() => page.url()).toContain('step=1');
    await page.reload();
    await expect.poll(shownProbabilities).toEqual(shownAt(1));
  });

  it('starts where the plane is touched', async () => {
    await stage.train('multiperceptron-two-class');
    const { page } = stage;
    await page.getByRole('tab', { name: 'Explore' }).click();
    await expect.poll(stepText).toMatch(kAtLast);
    await page
      .locator('.walk-figure canvas')
      .first()
      .click({ position: { x: 120, y: 90 } });
    await expect.poll(() => page.url()).toMatch(/from=-?[\d.]+,-?[\d.]+/);
    await page.getByText(/^seen as/).waitFor();
    await expect.poll(stepText).toMatch(kAtLast);
  });
});

describe('attacking', () => {
  it('shows the altered picture, what was altered, and the server’s probabilities', async () => {
    const id = await stage.train('mlp-mnist');
    const { page } = stage;
    await page.getByRole('tab', { name: 'Attack' }).click();
    await page.getByLabel('Class to step through').selectOption('4');
    await page.getByRole('button', { name: 'Next example' }).click();
    await page.getByText(/^a\s+4, seen as/).waitFor();
    await page.getByLabel('Class to come to').selectOption('9');
    await expect.poll(() => page.url()).toContain('target=9');
    const row = BigInt(new URL(page.url()).searchParams.get('row') ?? -1);
    const steps: AttackStep[] = [];
    let rms = 0;
    for await (const message of api(stage.server.url).inspection.attack({
      snapshot: `jobs/${id}/snapshots/last`,
      start: { point: { case: 'example', value: { indices: [row] } } },
      targetLabel: 9,
    })) {
      steps.push(...message.steps);
      rms = message.result?.rmsDifference ?? rms;
    }
    const last = steps.at(-1);
    expect(rms).toBeGreaterThan(0);
    await expect.poll(stepText).toBe(`step ${last?.step} / ${last?.step}`);
    await expect
      .poll(shownProbabilities)
      .toEqual([
        formatAccuracy(last?.originalProbability),
        formatAccuracy(last?.targetProbability),
      ]);
    await page.getByText(`pixels changed by ${rms.toPrecision(2)}`).waitFor();
    await page.getByLabel('Scale of the difference').getByText('−0.3').waitFor();
    const colours = (figure: number) => coloursOf(page, `.walk-figure:nth-child(${figure}) canvas`);
    await expect.poll(() => colours(1)).toBeGreaterThan(20);
    await expect.poll(() => colours(2)).toBeGreaterThan(20);
    // At the start nothing is altered: the picture of the difference has but one colour and a frame.
    await page.getByLabel('Step', { exact: true }).fill('0');
    await expect.poll(() => colours(2)).toBeLessThan(8);
  });
});

describe('a picture that somebody brings', () => {
  it('is seen as the server says, and another by dropping it', async () => {
    const id = await stage.train('multiperceptron-mnist');
    const { page } = stage;
    // An upright stroke of dark ink on white paper.
    const stroke = png(120, 160, (x, y) => (Math.abs(x - 60) < 9 && y > 20 && y < 140 ? 20 : 240));
    const { predictions, imagePreparation } = await api(stage.server.url).inspection.predict({
      snapshot: `jobs/${id}/snapshots/last`,
      inputs: {
        case: 'image',
        value: { data: new Uint8Array(stroke), inversion: ImageInversion.AUTOMATIC },
      },
    });
    await page.getByRole('tab', { name: 'Your picture' }).click();
    await page
      .getByLabel('Picture to ask about')
      .setInputFiles({ name: 'stroke.png', mimeType: 'image/png', buffer: stroke });
    const shown = page.locator('.picture-answer .probabilities .number');
    await expect
      .poll(() => shown.allInnerTexts())
      .toEqual(predictions[0]?.probabilities.map((each) => formatAccuracy(each)));
    expect(imagePreparation?.inverted).toBe(true);
    await page.getByText(imagePreparation?.steps.join(', ') ?? 'nothing').waitFor();
    await expect
      .poll(() => coloursOf(page, '.picture-answer .walk-figure canvas'))
      .toBeGreaterThan(2);

    // Blank paper is dropped next: the picture shown is another, and so is the answer.
    const before = await shown.allInnerTexts();
    const blank = [...png(40, 40, (x) => (x < 20 ? 0 : 255))];
    const transfer = await page.evaluateHandle((bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], 'half.png', { type: 'image/png' }));
      return data;
    }, blank);
    await page.locator('.picture-view .drop').dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByAltText('The picture half.png').waitFor();
    await expect.poll(() => shown.allInnerTexts()).not.toEqual(before);
  });

  it('is refused in the server’s words where it is none', async () => {
    await stage.train('multiperceptron-mnist');
    const { page } = stage;
    await page.getByRole('tab', { name: 'Your picture' }).click();
    await page
      .getByLabel('Picture to ask about')
      .setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.getByRole('alert').waitFor();
  });
});

describe('the final test', () => {
  it('is asked only when that is confirmed, and each time is on record', async () => {
    const { page, server } = stage;
    const calls = api(server.url);
    await calls.datasets.createDataset({
      datasetId: 'held-back',
      dataset: {
        source: { case: 'generator', value: { generator: Generator.XOR, testPerClass: 50n } },
      },
    });
    const { name } = await calls.jobs.createJob({
      spec: {
        dataset: 'datasets/held-back',
        model: { case: 'mlp', value: { hiddenUnits: [3] } },
        training: { epochs: 2 },
      },
    });
    await page.goto(`${server.url}/runs/${name.slice('jobs/'.length)}?ask=test`);
    await page.locator('.state-succeeded').waitFor();
    const press = () => page.getByRole('button', { name: /^Evaluate snapshot/ }).click();
    await press();
    await page.getByRole('dialog').getByText('Asked so far: never.').waitFor();
    await page.getByRole('button', { name: 'Keep' }).click();
    expect((await calls.jobs.getJob({ name })).testEvaluationCount).toBe(0);

    for (const times of ['once', '2 times']) {
      await press();
      await page.getByRole('button', { name: 'Evaluate, and record it' }).click();
      await expect
        .poll(() => page.locator('.test-view .rows dd').allInnerTexts())
        .toEqual(['100', times, 'never']);
    }
    const { testEvaluations } = await calls.jobs.getJob({ name });
    expect(testEvaluations).toHaveLength(2);
    const cells = await page.locator('.test-view tbody tr').first().locator('td').allInnerTexts();
    expect(cells.slice(2)).toEqual([
      formatAccuracy(testEvaluations[0]?.accuracy),
      formatLoss(testEvaluations[0]?.loss),
    ]);
  });

  it('says where nothing is held back', async () => {
    await stage.train('mlp-xor');
    await stage.page.getByRole('tab', { name: 'Final test' }).click();
    await stage.page.getByText('xor has no test split').waitFor();
  });
});
