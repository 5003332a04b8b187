// What the tests of the lesson do with any of its pages.

import type { JsonObject } from '@bufbuild/protobuf';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { coloursOf } from './browser';

export interface ShownCode {
  readonly command: string;
  readonly method: string;
  readonly request: JsonObject;
}

/** Waits until the server has answered all that the page asks, and what trains has ended. */
export async function settled(page: Page): Promise<void> {
  await expect
    .poll(
      () =>
        page.evaluate(
          () =>
            document.querySelector('.lesson-stage') !== null &&
            document.querySelector(
              '[aria-busy=true], .state-running, .state-queued, [data-ready=false]',
            ) === null &&
            (document.querySelector('.walk') === null ||
              document.querySelector('.walk p[role=status]') !== null),
        ),
      { timeout: 120_000 },
    )
    .toBe(true);
}

/** Trains what a page shows, if that has to be done, by its button. */
async function trainWhereAsked(page: Page): Promise<void> {
  await expect.poll(() => page.getByText(/^Looking for/).count()).toBe(0);
  await expect
    .poll(
      async () => {
        // Pages that train by themselves show the button for a moment, and take it away.
        const train = page.locator('button:enabled').getByText('Train', { exact: true });
        if ((await train.count()) > 0) await train.click({ timeout: 500 }).catch(() => undefined);
        return page.getByRole('button', { name: 'Train', exact: true }).count();
      },
      { timeout: 120_000 },
    )
    .toBe(0);
}

/** Opens a page, and has it show all that it can. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('.lesson-text h1').waitFor();
  await trainWhereAsked(page);
  await settled(page);
}

/** The commands and requests that a page shows. */
export async function shownCode(page: Page): Promise<ShownCode[]> {
  const details = page.locator('.show-code');
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  return page.locator('.code').evaluateAll((blocks) =>
    blocks.map((block) => ({
      command: block.querySelector('.shell')?.textContent ?? '',
      method: block.querySelector('h3:last-of-type')?.textContent ?? '',
      request: JSON.parse(block.querySelector('.request')?.textContent ?? '{}') as JsonObject,
    })),
  );
}

/** A number below a figure: the server's own digits. */
export async function fact(page: Page, name: string): Promise<number> {
  return Number(
    await page
      .locator(`[data-fact=${JSON.stringify(name)}] data`)
      .first()
      .getAttribute('value'),
  );
}

export async function factText(page: Page, name: string): Promise<string> {
  return page
    .locator(`[data-fact=${JSON.stringify(name)}] data`)
    .first()
    .innerText();
}

/** Sets a control by its name; waits until the server has answered. */
export async function set(page: Page, name: string, value: string | boolean): Promise<void> {
  const control = page.locator(`.lesson-stage [name=${name}]`);
  if (typeof value === 'boolean') await control.setChecked(value);
  else if ((await control.evaluate((element) => element.tagName)) === 'SELECT')
    await control.selectOption(value);
  else await control.fill(value);
  await settled(page);
}

/** Every figure of a page shows more than its ground. */
export async function expectPictures(page: Page): Promise<void> {
  const canvases = page.locator('.lesson-stage canvas');
  const count = await canvases.count();
  for (let i = 0; i < count; i += 1) {
    const canvas = canvases.nth(i);
    if (!(await canvas.isVisible())) continue;
    await canvas.evaluate(
      (element, mark) => element.setAttribute('data-test-canvas', mark),
      `${i}`,
    );
    await expect
      .poll(() => coloursOf(page, `[data-test-canvas="${i}"]`), { message: `canvas ${i}` })
      .toBeGreaterThan(1);
  }
}

/** What is typed into fields, by their names. */
const kTyped: Record<string, string> = {
  coefficients: '1,0,-2,0,1',
  hidden: '5',
  x: '0.5,-0.5;-0.25,1',
  w: '0.5,-0.25;-0.5,0.75',
  b: '0.5,-0.5',
  t: '0,1',
  gradient: '1,0;0,1',
};

/** Another place for each kind of control; null for those that stay. */
async function movedValue(page: Page, i: number): Promise<string | boolean | null> {
  return page
    .locator('.lesson-stage :is(input, select):not([type=file])')
    .nth(i)
    .evaluate((element, typed) => {
      const control = element as HTMLInputElement;
      if (control.disabled) return null;
      if (control.type === 'text') return typed[control.name] ?? null;
      if (element instanceof HTMLSelectElement) {
        const other = [...element.options].find(
          (option) => !option.disabled && option.value !== element.value && option.value !== '',
        );
        return other?.value ?? null;
      }
      if (control.type === 'checkbox') return !control.checked;
      if (control.type === 'range') {
        const [min, max] = [Number(control.min), Number(control.max)];
        if (max <= min) return null;
        const step = Number(control.step) || 1;
        const aim = Number(control.value) > (min + max) / 2 ? 0.3 : 0.7;
        const value = min + Math.round(((max - min) * aim) / step) * step;
        return String(Number(value.toFixed(6)));
      }
      return null;
    }, kTyped);
}

/** Moves each control there is in turn, and expects the page to go along without complaint. */
export async function moveAll(page: Page): Promise<number> {
  let moved = 0;
  // A link says nothing of a control that is where it began.
  const began = new Map(
    await page
      .locator('.lesson-stage :is([type=range], [type=checkbox], select)[name]')
      .evaluateAll((all) =>
        (all as HTMLInputElement[]).map((each): [string, string] => [
          each.name,
          each.type === 'checkbox' ? (each.checked ? '1' : '0') : each.value,
        ]),
      ),
  );
  for (const summary of await page.locator('.own-numbers:not([open]) summary').all())
    await summary.click();
  const controls = page.locator('.lesson-stage :is(input, select):not([type=file])');
  for (let i = 0; i < (await controls.count()); i += 1) {
    const control = controls.nth(i);
    if (!(await control.isVisible())) continue;
    const value = await movedValue(page, i);
    if (value === null) continue;
    const name = await control.getAttribute('name');
    if (typeof value === 'boolean') await control.setChecked(value);
    else if ((await control.evaluate((element) => element.tagName)) === 'SELECT')
      await control.selectOption(value);
    else await control.fill(value);
    moved += 1;
    // A choice may ask for a network that is not there yet.
    await trainWhereAsked(page);
    await settled(page);
    if (name !== null) {
      const written = typeof value === 'boolean' ? (value ? '1' : '0') : value;
      await expect
        .poll(() => new URL(page.url()).searchParams.get(name), {
          message: `${name} = ${written} in the address`,
        })
        .toBe(written === began.get(name) ? null : written);
      if (typeof value === 'boolean') {
        // By its name: it may have brought others, before it as well.
        const box = page.locator(`.lesson-stage [type=checkbox][name="${name}"]`);
        expect(await box.isChecked(), name).toBe(value);
      }
    }
    expect(
      await page.locator('.lesson-stage .notice-error').allInnerTexts(),
      `after ${name ?? i} = ${value}`,
    ).toEqual([]);
  }
  return moved;
}

/** Characters of the longest line of the explanation. */
export async function longestLine(page: Page): Promise<number> {
  return page.locator('.lesson-text > p').evaluateAll((paragraphs) => {
    let longest = 0;
    for (const paragraph of paragraphs) {
      const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
      const lines = new Map<number, number>();
      const range = document.createRange();
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        if (node.parentElement?.closest('.katex') !== null) continue;
        for (let i = 0; i < (node.nodeValue ?? '').length; i += 1) {
          range.setStart(node, i);
          range.setEnd(node, i + 1);
          const top = Math.round(range.getBoundingClientRect().top / 8);
          lines.set(top, (lines.get(top) ?? 0) + 1);
        }
      }
      longest = Math.max(longest, ...lines.values());
    }
    return longest;
  });
}
