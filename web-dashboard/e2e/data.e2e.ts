// Data sets: drawn, derived, split in two classes, uploaded, looked at, deleted.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { formatCount } from '../src/format';
import { api } from './api';
import { coloursOf } from './browser';
import { useStage } from './pages';

const stage = useStage();
let page: Page;
beforeEach(() => {
  page = stage.page;
});

async function dataset(id: string) {
  return api(stage.server.url).datasets.getDataset({ name: `datasets/${id}` });
}

/** What the page says of each split: its name and its size. */
async function splitHeads(): Promise<string[]> {
  return page.locator('.split h3').allInnerTexts();
}

describe('a data set', () => {
  it('is drawn, looked at and deleted', async () => {
    await page.goto(`${stage.server.url}/data`);
    await page.getByLabel('Name').fill('drawn-here');
    await page.getByLabel('Distribution').selectOption('three-class');
    await page.getByLabel('Training points per class').fill('70');
    await page.getByLabel('Test points per class').fill('20');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.waitForURL('**/data/drawn-here');
    await expect.poll(() => coloursOf(page, '.examples-panel canvas')).toBeGreaterThan(3);
    const { splits } = await dataset('drawn-here');
    expect(splits.map(({ examples }) => Number(examples))).toEqual([210, 300, 60]);
    await expect
      .poll(splitHeads)
      .toEqual(
        ['train', 'validation', 'test'].map(
          (name, i) => `${name} ${formatCount(Number(splits[i]?.examples))}`,
        ),
      );
    const balance = page.getByRole('list', { name: 'Class balance of train' });
    expect(await balance.locator('.number').allInnerTexts()).toEqual(['70', '70', '70']);
    // The test split has its rule, and neither its examples nor its balance are shown.
    await page.getByText('Held out: only a final evaluation sees it').waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['train 210', 'validation 300']);
    expect(await page.getByRole('list', { name: 'Class balance of test' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.waitForURL('**/data');
    await expect.poll(() => page.getByRole('link', { name: 'drawn-here' }).count()).toBe(0);
  });

  it('is derived from another, and what the server refuses is shown in its words', async () => {
    await stage.train('mlp-bullseye');
    await page.goto(`${stage.server.url}/data?make=features`);
    await page.getByLabel('Name').fill('rings');
    await page.getByLabel('From').selectOption('bullseye');
    const features = page.getByLabel('Features, one a line');
    await features.fill('x0\nx7');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('alert').getByText('x7').waitFor();
    await features.fill('x0\nsqrt(x0^2 + x1^2)');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.waitForURL('**/data/rings');
    await page.getByText('features of bullseye').waitFor();
    await page.getByText('sqrt(x0^2 + x1^2)').waitFor();
    expect((await dataset('rings')).inputs).toBe(2);
  });

  it('is made of two classes of another, as pictures', async () => {
    await page.goto(`${stage.server.url}/data?make=classes`);
    await page.getByLabel('Name').fill('ones-and-sevens');
    await page.getByLabel('From').selectOption('mnist');
    await page.getByLabel('Positive class').fill('1');
    await page.getByLabel('Negative class').fill('7');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.waitForURL('**/data/ones-and-sevens');
    await page.getByText('two classes of mnist').waitFor();
    await expect.poll(() => coloursOf(page, '.examples-panel canvas')).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'later' }).click();
    await expect.poll(() => page.url()).toContain('start=60');
  });
});

describe('an upload', () => {
  it('is refused with the row that is bad, and taken once it is good', async () => {
    await page.goto(`${stage.server.url}/data?make=upload`);
    const choose = async (text: string) => {
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'points.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
      await page.getByRole('button', { name: 'Upload' }).click();
    };
    await page.getByLabel('Name').fill('uploaded');
    await choose('a,b,label\n1,2,0\n3,x,1\n');
    await page.getByRole('alert').getByText('row 3').waitFor();
    await choose('a,b,label\n1,2,0\n3,4,1\n');
    await page.waitForURL('**/data/uploaded');
    await page.getByText('2 classes').waitFor();
  });

  it('is dropped, shows how much of it is sent, and keeps a share for validation', async () => {
    await page.goto(`${stage.server.url}/data?make=upload`);
    const rows = 120_000;
    const transfer = await page.evaluateHandle((count) => {
      const lines = ['a,b,label'];
      for (let row = 0; row < count; row += 1)
        lines.push(`${(row % 977) / 7},${(row % 613) / 3},${row % 2}`);
      const data = new DataTransfer();
      data.items.add(new File([`${lines.join('\n')}\n`], 'dropped.csv', { type: 'text/csv' }));
      return data;
    }, rows);
    await page.locator('.drop').dispatchEvent('dragover', { dataTransfer: transfer });
    await page.locator('.drop.over').waitFor();
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByText('dropped.csv').waitFor();
    await page.getByLabel('Name').fill('dropped');
    await page.getByLabel('Share for validation').fill('0.25');
    // Held back until its progress has been seen, since a machine may be too fast to watch.
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let chunks = 0;
    await page.route('**/UploadChunk', async (route) => {
      chunks += 1;
      if (chunks === 2) await held;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Upload' }).click();
    const bar = page.getByRole('progressbar', { name: 'Sent' });
    await expect
      .poll(async () => Number(await bar.getAttribute('aria-valuenow')))
      .toBeGreaterThan(20);
    release();
    await page.waitForURL('**/data/dropped');
    const { splits } = await dataset('dropped');
    expect(splits.map(({ examples }) => Number(examples)).slice(0, 2)).toEqual([
      rows * 0.75,
      rows * 0.25,
    ]);
    await expect
      .poll(async () => (await splitHeads())[1])
      .toBe(`validation ${formatCount(rows * 0.25)}`);
  });
});
