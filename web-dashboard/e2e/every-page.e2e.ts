// Every page in every look: nothing that keeps people out, nothing that runs over the edge.

import { expect, it } from 'vitest';
import { seriousFindings } from './axe';
import { useStage } from './pages';

const stage = useStage();

/** What is there when a page has what it shows. */
const kContent: Record<string, string> = {
  runs: 'table.jobs tbody a',
  run: '.probabilities li',
  confusion: '.confusion td.right',
  explore: '.walk p[role=status]',
  attack: '.walk p[role=status]',
  picture: '.picture-view .drop',
  test: '.test-view .rows',
  compare: '.plain .outcome .state',
  new: '.field input',
  data: '.plain tbody a',
  dataset: '.balance li',
  uploads: '.drop',
};
const kLooks = [
  ['light', 1440, ''],
  ['dark', 390, ''],
  ['light', 1440, '&projector=1'],
] as const;
let paths: Record<string, string> = {};

it('is there to be looked at', async () => {
  const digits = await stage.train('multiperceptron-mnist');
  const other = await stage.train('multiperceptron-two-class');
  const id = await stage.train('mlp-xor');
  paths = {
    runs: '/?sort=accuracy',
    run: `/runs/${id}?point=1,2`,
    confusion: `/runs/${id}?inside=confusion`,
    explore: `/runs/${id}?ask=explore`,
    attack: `/runs/${digits}?ask=attack`,
    picture: `/runs/${digits}?ask=picture`,
    test: `/runs/${id}?ask=test`,
    compare: `/runs?compare=${id},${other},${digits}`,
    new: '/new?preset=mlp-xor',
    data: '/data?make=features',
    dataset: '/data/xor?split=validation',
    uploads: '/data?make=upload',
  };
  expect(Object.keys(paths)).toEqual(Object.keys(kContent));
});

it.each(Object.keys(kContent))(
  '%s has no serious barrier, and fits, in every look',
  async (name) => {
    const { page, server } = stage;
    for (const [theme, width, more] of kLooks) {
      await page.setViewportSize({ width, height: width > 1000 ? 900 : 844 });
      await page.goto(`${server.url}${paths[name]}&theme=${theme}${more}`);
      // There is no test split to see anything of; that is said.
      const content = name === 'test' ? '.ask-panel .notice' : (kContent[name] ?? 'main');
      await page.locator(content).first().waitFor();
      const look = `${theme} at ${width}${more}`;
      expect(await seriousFindings(page), look).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      expect(overflow, look).toBeLessThanOrEqual(0);
    }
  },
);
