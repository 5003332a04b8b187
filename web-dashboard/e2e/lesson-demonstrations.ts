// The lesson's demonstrations against the server's own answers.

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  BackpropExampleRequestSchema,
  CompareActivationsRequestSchema,
  CrossEntropyRequestSchema,
  GradientFlowRequestSchema,
  ImageStructureRequestSchema,
  ManualClassifierRequestSchema,
  OptimizeScalarRequestSchema,
  ScheduleRequestSchema,
} from '../src/gen/percept/v1/demo_service_pb';
import { CapacityRequestSchema } from '../src/gen/percept/v1/inspect_service_pb';
import { formatAccuracy } from '../src/format';
import { fact, factText, set, settled } from './lesson-page';
import type { LessonTests } from './lesson-tests';
import { png } from './png';

export function demonstrations({ visit, asked, server }: LessonTests): void {
  describe('numbers on demonstrations are the server’s', () => {
    it('a line by hand', async () => {
      const page = await visit('perceptron/by-hand');
      await set(page, 'b', '-2');
      await set(page, 'c', '0');
      expect(await fact(page, 'accuracy')).toBe(1);
      await set(page, 'c', '3');
      const answer = await server().demos.manualClassifier(
        await asked(ManualClassifierRequestSchema, 'ManualClassifier'),
      );
      expect(answer.accuracy).toBeLessThan(1);
      expect(await fact(page, 'accuracy')).toBe(answer.accuracy);
      expect(await factText(page, 'accuracy')).toBe(formatAccuracy(answer.accuracy));
      expect(await fact(page, 'wrong')).toBe(answer.wrongIndices.length);
    });

    it('activations', async () => {
      const page = await visit('optimisation/activations');
      for (const name of ['sigmoid', 'relu', 'gelu']) await set(page, name, true);
      await set(page, 'x', '-1.5');
      const { x, curves } = await server().demos.compareActivations(
        await asked(CompareActivationsRequestSchema, 'CompareActivations'),
      );
      const at = x.findIndex((each) => Math.abs(each + 1.5) < 1e-9);
      expect(curves.length).toBe(5);
      const names = ['step', 'tanh', 'sigmoid', 'ReLU', 'GELU'];
      for (const [i, name] of names.entries()) {
        expect(await fact(page, `${name}(x)`)).toBe(curves[i]?.values[at]);
        expect(await fact(page, `${name}′(x)`)).toBe(curves[i]?.derivatives[at]);
      }
      expect(await fact(page, 'tanh(x)')).toBeCloseTo(Math.tanh(-1.5), 12);
    });

    it('descent, with and without momentum, on any polynomial', async () => {
      const page = await visit('optimisation/descent');
      await set(page, 'step', '3');
      await set(page, 'beside', true);
      const { demos } = server();
      for (const [which, suffix] of [
        [0, ''],
        [1, ' of the second'],
      ] as const) {
        const request = await asked(OptimizeScalarRequestSchema, 'OptimizeScalar', which);
        const step = (await demos.optimizeScalar(request)).steps[3];
        expect(await fact(page, `x${suffix}`)).toBe(step?.x);
        expect(await fact(page, `y${suffix}`)).toBe(step?.value);
        expect(await fact(page, `y′${suffix}`)).toBe(step?.gradient);
        expect(await fact(page, `velocity${suffix}`)).toBe(step?.velocity);
      }
      // By hand: x <- x - 0.1 (2x - 5) from -2.
      expect(await fact(page, 'x')).toBeCloseTo(2.5 - 4.5 * 0.8 ** 3, 12);
      await set(page, 'coefficients', '0,1,-3,0,1');
      const other = await asked(OptimizeScalarRequestSchema, 'OptimizeScalar');
      expect(other.coefficients).toEqual([0, 1, -3, 0, 1]);
      expect(await fact(page, 'y')).toBe((await demos.optimizeScalar(other)).steps[3]?.value);
    });

    it('cross-entropy', async () => {
      const page = await visit('optimisation/cross-entropy');
      await set(page, 'q1', '80');
      const answer = await server().demos.crossEntropy(
        await asked(CrossEntropyRequestSchema, 'CrossEntropy'),
      );
      expect(await fact(page, 'H(p)')).toBe(answer.entropyP);
      expect(await fact(page, 'H(p,q)')).toBe(answer.crossEntropy);
      expect(await fact(page, 'KL(p‖q)')).toBe(answer.divergence);
      expect(answer.crossEntropy - answer.entropyP).toBeCloseTo(answer.divergence, 12);
      await set(page, 'q1', '0');
      expect(await factText(page, 'H(p,q)')).toBe('∞');
    });

    it('backpropagation', async () => {
      const page = await visit('optimisation/backprop');
      const answer = await server().demos.backpropExample(
        await asked(BackpropExampleRequestSchema, 'BackpropExample'),
      );
      const matrices: Record<string, number[]> = {
        h: answer.linear,
        s: answer.activated,
        p: answer.probabilities,
        '∂L/∂s': answer.activatedGradient,
        dW: answer.weightGradient,
        db: answer.biasGradient,
      };
      for (const [name, values] of Object.entries(matrices)) {
        const shown = await page
          .locator(`[data-matrix="${name}"] data`)
          .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute('value'))));
        expect(shown, name).toEqual(values);
      }
      expect(await fact(page, 'loss')).toBe(answer.loss);
      // With a step for each class, several may say yes.
      await set(page, 'activation', 'step');
      expect(await factText(page, 'yes to each example')).toBe('1, 2');
      await set(page, 'shift', '-1');
      expect(await factText(page, 'yes to each example')).toBe('0, 0');
    });

    it('schedules', async () => {
      const page = await visit('beyond/schedules');
      await set(page, 'tau', '2100');
      for (const [which, name] of [
        [0, 'stepped'],
        [1, 'inverse'],
      ] as const) {
        const answer = await server().demos.schedule(
          await asked(ScheduleRequestSchema, 'Schedule', which),
        );
        expect(await fact(page, name)).toBe(answer.learningRates[2100]);
      }
      expect(await fact(page, 'stepped')).toBeCloseTo(0.05 * 0.7 ** 2, 12);
      expect(await fact(page, 'inverse')).toBeCloseTo(0.05 / (1 + 0.1 * 2100) ** 0.1, 12);
    });

    it('vanishing gradients: the sigmoid’s do, ReLU’s do not', async () => {
      const page = await visit('beyond/vanishing');
      const { curves } = await server().demos.gradientFlow(
        await asked(GradientFlowRequestSchema, 'GradientFlow'),
      );
      for (const [i, name] of ['sigmoid', 'ReLU'].entries()) {
        const norms = curves[i]?.gradientNorms ?? [];
        expect(norms.length).toBe(20);
        expect(await fact(page, `${name}, first layer`)).toBe(norms[0]);
        expect(await fact(page, `${name}, last layer`)).toBe(norms.at(-1));
      }
      const shrunk = async (name: string) =>
        (await fact(page, `${name}, first layer`)) / (await fact(page, `${name}, last layer`));
      expect(await shrunk('sigmoid')).toBeLessThan(1e-6);
      expect(await shrunk('ReLU')).toBeGreaterThan(1e-3);
    });

    it('capacity, and the drawing of the same network', async () => {
      let page = await visit('beyond/capacity');
      expect(Number(await page.locator('[data-layer=linear0] data').getAttribute('value'))).toBe(
        50_240,
      );
      await set(page, 'hidden', '128,32');
      const answer = await server().inspection.capacity(
        await asked(CapacityRequestSchema, 'Capacity'),
      );
      expect(await fact(page, 'parameters')).toBe(Number(answer.parameterCount));
      expect(await page.locator('.capacity tbody tr').count()).toBe(3);
      page = await visit('beyond/diagram?hidden=128,32');
      expect(await factText(page, 'layers')).toBe('F128 → F32 → F10');
      expect(await fact(page, 'parameters')).toBe(Number(answer.parameterCount));
    });

    it('the structure of pictures', async () => {
      const page = await visit('beyond/structure');
      await set(page, 'photograph', '2');
      const answer = await server().demos.imageStructure(
        await asked(ImageStructureRequestSchema, 'ImageStructure'),
      );
      expect(answer.photograph).toBe(answer.photographs[1]);
      expect(await fact(page, 'values')).toBe(196_608);
      const shown = [answer.randomPixels, answer.photographPixels, answer.shuffledPixels];
      for (const [i, bytes] of shown.entries()) {
        const mean = bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
        expect(await meanOf(page, i), `picture ${i}`).toBeGreaterThan(mean - 4);
        expect(await meanOf(page, i), `picture ${i}`).toBeLessThan(mean + 4);
      }
    });

    it('the structure of a picture of one’s own', async () => {
      const page = await visit('beyond/structure?seed=3');
      const bring = (name: string, buffer: Buffer) =>
        page
          .getByLabel('A picture of your own')
          .setInputFiles({ name, mimeType: 'image/png', buffer });
      const picture = png(90, 60, (x) => (x < 45 ? 30 : 130));
      await bring('half.png', picture);
      await page.getByText('your picture').waitFor();
      await settled(page);
      const answer = await server().demos.imageStructure({
        picture: new Uint8Array(picture),
        seed: 3n,
      });
      const shown = [answer.randomPixels, answer.photographPixels, answer.shuffledPixels];
      for (const [i, bytes] of shown.entries()) {
        const mean = bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
        expect(Math.abs((await meanOf(page, i)) - mean), `picture ${i}`).toBeLessThan(4);
      }
      await bring('none.png', Buffer.from('no picture'));
      await page.getByRole('alert').waitFor();
      await page.getByRole('button', { name: 'Back to the photographs' }).click();
      await settled(page);
      expect(await page.getByText('your picture').count()).toBe(0);
      expect(await page.getByRole('alert').count()).toBe(0);
    });
  });
}

/** The mean of a picture's channels, its margins left out. */
async function meanOf(page: Page, i: number): Promise<number> {
  return page
    .locator('.pictures canvas')
    .nth(i)
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const side = Math.min(canvas.width, canvas.height) - 4;
      const left = Math.floor((canvas.width - side) / 2);
      const top = Math.floor((canvas.height - side) / 2);
      const data = canvas.getContext('2d')?.getImageData(left, top, side, side).data ?? [];
      let sum = 0;
      for (let j = 0; j < data.length; j += 1) if (j % 4 !== 3) sum += data[j] ?? 0;
      return sum / (data.length * 0.75);
    });
}
