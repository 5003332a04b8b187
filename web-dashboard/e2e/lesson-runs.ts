// The lesson's trained networks: against the server's own numbers, and against what the lecture found.

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  AttackRequestSchema,
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
import { formatAccuracy, formatCount, formatLoss } from '../src/format';
import { readout } from './browser';
import { fact, set, settled } from './lesson-page';
import type { LessonTests } from './lesson-tests';

export function runs({ visit, asked, server, runOf }: LessonTests): void {
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
      const answer = await server().inspection.predict(
        await asked(PredictRequestSchema, 'Predict'),
      );
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
}

export function findings({ visit, asked, server, runOf }: LessonTests): void {
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
}
