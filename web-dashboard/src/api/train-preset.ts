import { Code, ConnectError } from '@connectrpc/connect';
import { createDataset } from './datasets';
import { createJob } from './jobs';
import type { Job } from './model';
import type { Preset } from './presets';
import { presetById } from './presets';
import { newRequestId } from './request-id';

/** Makes the preset's data set where it is missing, and trains. */
export async function trainPreset(preset: Preset): Promise<Job> {
  await ensureDataset(preset);
  return createJob({ ...preset.spec, dataset: `datasets/${preset.dataset}` }, newRequestId());
}

export async function ensureDataset(
  preset: Pick<Preset, 'dataset' | 'source' | 'from'>,
): Promise<void> {
  if (preset.source === undefined) return;
  const base = presetById(preset.from ?? null);
  if (base !== undefined) await ensureDataset(base);
  try {
    await createDataset(preset.dataset, { source: preset.source });
  } catch (error) {
    if (ConnectError.from(error).code !== Code.AlreadyExists) throw error;
  }
}
