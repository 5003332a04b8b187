// The lesson: its contents, how its pages turn, and what holds for every one of them.

import { fromJson } from '@bufbuild/protobuf';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { JobSpecSchema } from '../src/gen/percept/v1/job_pb';
import { seriousFindings } from './axe';
import { shell } from './command-line';
import { demonstrations } from './lesson-demonstrations';
import { expectPictures, longestLine, moveAll, settled, shownCode } from './lesson-page';
import { kChapterPaths } from './lesson-paths';
import { findings, runs } from './lesson-runs';
import { lessonTests } from './lesson-tests';
import { useStage } from './pages';

const stage = useStage();
const lesson = lessonTests(stage);
const { visit, server } = lesson;
const kPaths = kChapterPaths.map(([path]) => path);

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

// With the server that has trained for every page.
demonstrations(lesson);
runs(lesson);
findings(lesson);
