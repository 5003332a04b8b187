// What the tests of the lesson share: the pages, and the server behind them.

import { fromJson } from '@bufbuild/protobuf';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Page } from 'playwright-core';
import { api } from './api';
import { open, shownCode } from './lesson-page';
import type { Stage } from './pages';

export interface LessonTests {
  /** Opens a page of the lesson, and has it show all that it can. */
  readonly visit: (path: string) => Promise<Page>;
  /** The request of the page's code that asks a method, as the contract has it. */
  readonly asked: <D extends DescMessage>(
    schema: D,
    method: string,
    which?: number,
  ) => Promise<MessageShape<D>>;
  readonly server: () => ReturnType<typeof api>;
  /** The run of a training page, by the link to it. */
  readonly runOf: (page: Page, which?: number) => Promise<string>;
}

export function lessonTests(stage: Stage): LessonTests {
  return {
    async visit(path) {
      await open(stage.page, `${stage.server.url}/lesson/${path}`);
      return stage.page;
    },
    async asked(schema, method, which = 0) {
      const found = (await shownCode(stage.page)).filter((code) => code.method.endsWith(method));
      return fromJson(schema, found[which]?.request ?? {});
    },
    server: () => api(stage.server.url),
    async runOf(page, which = 0) {
      const link = page.locator('.training-run a').nth(which);
      return ((await link.getAttribute('href')) ?? '').replace('/runs/', '');
    },
  };
}
