// A server that dies under an open page.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatCount } from '../src/format';
import { api } from './api';
import { listeningContext, readout, startBrowser } from './browser';
import { Server } from './server';

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = new Server(['--checkpoint-interval', '100ms']);
  [browser] = await Promise.all([startBrowser(), server.start()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

it.each([
  ['is killed', (each: Server) => each.kill()],
  ['is stopped', (each: Server) => each.terminate()],
] as const)(
  'an open page goes on where it was when the server %s and comes back',
  async (_how, end) => {
    const { context, complaints } = await listeningContext(browser, server.url);
    const page = await context.newPage();
    await page.goto(`${server.url}/new?preset=mlp-mnist`);
    await page.getByLabel('Epochs').fill('30');
    await page.getByRole('button', { name: 'Train' }).click();
    await page.waitForURL('**/runs/**');
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const slider = page.locator('.timeline input[type=range]');
    await expect.poll(async () => Number(await slider.getAttribute('max'))).toBeGreaterThan(8);

    await end(server);
    await page.locator('.connection-resuming').waitFor();
    const before = Number(await slider.getAttribute('max'));
    await page.getByText(/^server restarting, last seen \d+ s ago$/).waitFor();
    await page.getByText(`resuming from snapshot ${formatCount(before)}`).waitFor();
    await server.start();
    await page.locator('.connection-live').waitFor();
    await expect
      .poll(async () => Number(await slider.getAttribute('max')), { timeout: 30_000 })
      .toBeGreaterThan(before);

    await page.locator('.state-succeeded').waitFor({ timeout: 80_000 });
    const { points, totalPoints } = await api(server.url).snapshots.getMetricSeries({
      name: `jobs/${id}`,
      maxPoints: 10_000,
    });
    await expect.poll(async () => slider.getAttribute('max')).toBe(String(totalPoints - 1n));
    // Not one is missing: each of those that came while the page was open can be shown at once.
    for (const index of [before - 1, before, before + 1, before + 2]) {
      await slider.fill(String(index));
      await expect.poll(() => readout(page, 'step')).toBe(formatCount(Number(points[index]?.step)));
    }
    // The browser itself complains of connections that are refused or gone; nothing else may be said.
    expect(
      complaints.filter(
        (text) =>
          !/ERR_(CONNECTION_(REFUSED|RESET)|SOCKET_NOT_CONNECTED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/.test(
            text,
          ),
      ),
    ).toEqual([]);
    await context.close();
  },
);
