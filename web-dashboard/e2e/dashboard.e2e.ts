import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { kPresets } from '../src/api/presets';
import { formatAccuracy, formatCount, formatLoss } from '../src/format';
import { api } from './api';
import { coloursOf, readout } from './browser';
import { useStage } from './pages';
import type { Server } from './server';

const stage = useStage();
const { runId, train } = stage;
let server: Server;
let context: BrowserContext;
let page: Page;
beforeEach(() => {
  ({ server, context, page } = stage);
});

describe('the first page', () => {
  it('is small, compressed, and leaves 3-D for later', async () => {
    let bytes = 0;
    const names: string[] = [];
    context.on('response', (response) => {
      const length = Number(response.headers()['content-length'] ?? 0);
      if (!response.url().includes('/percept.v1.')) bytes += length;
      names.push(new URL(response.url()).pathname);
    });
    await page.goto(server.url);
    await page.locator('.connection-live').waitFor();
    expect(names.some((name) => name.endsWith('.js'))).toBe(true);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(300_000);
    expect(names.filter((name) => name.includes('latent'))).toEqual([]);
  });

  it('trains with one click, and shows the run', async () => {
    await page.goto(server.url);
    await page.locator('[data-preset=multiperceptron-three-class]').click();
    await page.waitForURL('**/runs/**');
    await page.locator('.state-succeeded').waitFor();
    await page.goto(server.url);
    await page.locator('table.jobs tbody tr').first().waitFor();
    expect(await page.locator('.column-name a').allInnerTexts()).toContain(
      'multiperceptron on three-class',
    );
  });
});

describe('a preset', () => {
  it.each(kPresets.map(({ id }) => id))(
    '%s trains, and its numbers are the server’s',
    async (presetId) => {
      const id = await train(presetId);
      const { snapshots } = api(server.url);
      const { points } = await snapshots.getMetricSeries({ name: `jobs/${id}` });
      const last = points.at(-1);
      const accuracy = last?.metrics?.validationAccuracy ?? last?.metrics?.trainingAccuracy;
      const loss = last?.metrics?.validationLoss ?? last?.metrics?.trainingLoss;
      await page.locator('.timeline input[type=range]').waitFor();
      await expect.poll(() => readout(page, 'step')).toBe(formatCount(Number(last?.step)));
      expect(await readout(page, 'accuracy')).toBe(formatAccuracy(accuracy));
      expect(await readout(page, 'loss')).toBe(formatLoss(loss));
      // Each panel shows something, at the end and at the start alike.
      for (const at of ['End', 'Home']) {
        await page.keyboard.press(at);
        for (const selector of ['.curves-panel canvas']) {
          await expect.poll(() => coloursOf(page, selector)).toBeGreaterThan(3);
        }
      }
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => coloursOf(page, '.input-panel canvas')).toBeGreaterThan(3);
      await page.getByRole('tab', { name: 'Weights' }).click();
      await page.keyboard.press('l');
      await expect.poll(() => coloursOf(page, '.inside-panel canvas')).toBeGreaterThan(2);
    },
  );
});

describe('the time slider', () => {
  it('moves every view, by keys, and the link says where', async () => {
    const id = await train('mlp-xor');
    const newest = Number(await page.locator('.timeline input[type=range]').getAttribute('max'));
    await page.keyboard.press('Home');
    await expect.poll(() => readout(page, 'step')).toBe('0');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url()).toContain('at=2');
    const { snapshots } = api(server.url);
    const second = await snapshots.getMetricSeries({
      name: `jobs/${id}`,
      startIndex: 2n,
      endIndex: 3n,
    });
    expect(await readout(page, 'accuracy')).toBe(
      formatAccuracy(second.points[0]?.metrics?.validationAccuracy),
    );
    await page.keyboard.press('End');
    await expect.poll(() => page.url()).toContain(`at=${newest}`);
    await page.keyboard.press('l');
    await expect.poll(() => page.url()).not.toContain('at=');
    await page.keyboard.press(' ');
    await expect.poll(() => page.url()).toContain('at=');
  });

  it('is where a link says', async () => {
    const id = await train('mlp-xor');
    await page.goto(`${server.url}/runs/${id}?at=7&inside=confusion&axis=epoch`);
    await expect.poll(() => page.locator('.timeline input[type=range]').inputValue()).toBe('7');
    await page.locator('.confusion table').waitFor();
    expect(await page.locator('.curves-panel select').inputValue()).toBe('epoch');
  });

  it('turns the latent space', async () => {
    await train('mlp-xor');
    await page.locator('.scene canvas').waitFor();
    await expect.poll(() => coloursOf(page, '.scene canvas')).toBeGreaterThan(10);
    await page.getByLabel('azimuth').fill('90');
    await expect.poll(() => page.url()).toContain('azimuth=90');
  });
});

describe('the form', () => {
  it('shows what the server refuses at its field, in the server’s words', async () => {
    await page.goto(`${server.url}/new?preset=mlp-mnist`);
    await page.getByLabel('Learning rate').fill('5000');
    await page.getByRole('button', { name: 'Train' }).click();
    await page.getByText('must be in (0, 1000], got 5000').waitFor();
    expect(await page.getByLabel('Learning rate').getAttribute('aria-invalid')).toBe('true');
  });
});

describe('export', () => {
  /** What a button of the menu saves. */
  async function saved(press: () => Promise<void>): Promise<Buffer> {
    const coming = page.waitForEvent('download');
    await press();
    return readFileSync(await (await coming).path());
  }

  it('saves metrics, parameters and figures', async () => {
    const id = await train('mlp-xor');
    await expect.poll(() => coloursOf(page, '.input-panel canvas')).toBeGreaterThan(3);
    await page.locator('summary', { hasText: 'Export' }).click();
    const { totalPoints } = await api(server.url).snapshots.getMetricSeries({ name: `jobs/${id}` });
    const csv = (await saved(() => page.getByRole('button', { name: 'CSV' }).click())).toString();
    expect(csv.startsWith('index,step,instances,')).toBe(true);
    expect(csv.trimEnd().split('\r\n')).toHaveLength(Number(totalPoints) + 1);
    const tensors = await saved(() => page.getByRole('button', { name: 'safetensors' }).click());
    const length = Number(tensors.readBigUInt64LE(0));
    expect(tensors.subarray(8, 8 + length).toString()).toContain('linear0.weight');
    for (let figure = 0; figure < 3; figure += 1) {
      const png = await saved(() => page.getByRole('button', { name: 'PNG' }).nth(figure).click());
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      const svg = await saved(() => page.getByRole('button', { name: 'SVG' }).nth(figure).click());
      expect(svg.toString()).toMatch(/^<svg [^>]*>\n<(rect|image) /);
    }
  });

  it('gives the command that repeats the run', async () => {
    await train('mlp-xor');
    await page.locator('summary', { hasText: 'Repeat' }).click();
    expect(await page.locator('.command').innerText()).toContain(
      'percept train mlp --dataset xor --hidden 3 --activation tanh',
    );
    await page.getByRole('button', { name: 'Change and train' }).click();
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Hidden units' }).inputValue())
      .toBe('3');
  });
});

describe('a run', () => {
  it('is paused, resumed, cancelled and deleted', async () => {
    await page.goto(`${server.url}/new?preset=mlp-mnist`);
    await page.getByLabel('Epochs').fill('10000');
    await page.getByRole('button', { name: 'Train' }).click();
    await page.waitForURL('**/runs/**');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.run-head .state-paused').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.run-head .state-running').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.locator('.run-head .state-cancelled').waitFor();
    const id = runId();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.waitForURL(server.url + '/');
    const { jobs } = await api(server.url).jobs.listJobs({ pageSize: 1000 });
    expect(jobs.map(({ name }) => name)).not.toContain(`jobs/${id}`);
  });
});

describe('a browser without shared workers', () => {
  it('follows all the same', async () => {
    await context.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'));
    await page.goto(server.url);
    await page.locator('.connection-live').waitFor();
  });
});

describe('many tabs', () => {
  it('share one stream', async () => {
    const pages = [page];
    for (let i = 1; i < 12; i += 1) pages.push(await context.newPage());
    await Promise.all(pages.map((each) => each.goto(server.url)));
    await Promise.all(pages.map((each) => each.locator('.connection-live').waitFor()));
    const info = await api(server.url).server.getServerInfo({});
    expect(info.openStreams).toBe(1n);
  });
});
