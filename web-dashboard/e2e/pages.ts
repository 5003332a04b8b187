// What the tests of pages share: one server and one browser for a file, a fresh context for a test.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { listeningContext, startBrowser } from './browser';
import { Server } from './server';

export interface Stage {
  server: Server;
  browser: Browser;
  context: BrowserContext;
  page: Page;
  /** The id of the run that the page shows. */
  readonly runId: () => string;
  /** Trains a preset to its end; the page shows it, and the id is returned. */
  readonly train: (presetId: string) => Promise<string>;
}

/** Sets a file's tests up; what they use is there once they run. No test may leave complaints. */
export function useStage(options: readonly string[] = []): Stage {
  let complaints: string[] = [];
  const stage = {
    runId: () => new URL(stage.page.url()).pathname.split('/').at(-1) ?? '',
    train: async (presetId: string) => {
      await stage.page.goto(`${stage.server.url}/new?preset=${presetId}`);
      await stage.page.getByRole('button', { name: 'Train' }).click();
      await stage.page.waitForURL('**/runs/**');
      await stage.page.locator('.state-succeeded').waitFor();
      return stage.runId();
    },
  } as Stage;
  beforeAll(async () => {
    stage.server = new Server(options);
    [stage.browser] = await Promise.all([startBrowser(), stage.server.start()]);
  });
  afterAll(async () => {
    await stage.browser.close();
    expect(await stage.server.stop()).toBe(0);
  });
  beforeEach(async () => {
    const fresh = await listeningContext(stage.browser, stage.server.url);
    ({ context: stage.context, complaints } = fresh);
    // As generous as the tests' own, for machines busy with others.
    stage.context.setDefaultTimeout(90_000);
    stage.page = await stage.context.newPage();
  });
  afterEach(async () => {
    await stage.context.close();
    expect(complaints).toEqual([]);
  });
  return stage;
}
