import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DatasetSchema } from '../gen/percept/v1/dataset_pb';
import { Generator } from '../gen/percept/v1/dataset_pb';
import { UploadFormat } from '../gen/percept/v1/dataset_service_pb';
import { datasets, kUnaryTimeoutMs } from './clients';
import { datasetOf, flagName, wireSplit } from './convert';
import type { Dataset, Examples, Split } from './model';

export type DatasetInit = MessageInitShape<typeof DatasetSchema>;

const kUnary = { timeoutMs: kUnaryTimeoutMs };

export const kGenerators: readonly { readonly name: string; readonly value: Generator }[] = [
  Generator.TWO_NORMALS,
  Generator.TWO_CLASS,
  Generator.THREE_CLASS,
  Generator.XOR,
  Generator.BULLSEYE,
].map((value) => ({ name: flagName(Generator[value]), value }));

export async function listDatasets(signal?: AbortSignal): Promise<readonly Dataset[]> {
  const found: Dataset[] = [];
  let pageToken = '';
  do {
    const answer = await datasets.listDatasets(
      { pageSize: 1000, pageToken },
      { ...kUnary, signal },
    );
    found.push(...answer.datasets.map(datasetOf));
    pageToken = answer.nextPageToken;
  } while (pageToken !== '');
  return found;
}

export async function getDataset(id: string, signal?: AbortSignal): Promise<Dataset> {
  return datasetOf(await datasets.getDataset({ name: `datasets/${id}` }, { ...kUnary, signal }));
}

export async function createDataset(id: string, dataset: DatasetInit): Promise<Dataset> {
  return datasetOf(
    await datasets.createDataset({ datasetId: id, dataset }, { timeoutMs: 120_000 }),
  );
}

export async function deleteDataset(id: string): Promise<void> {
  await datasets.deleteDataset({ name: `datasets/${id}` }, kUnary);
}

export async function readExamples(
  id: string,
  split: Split,
  start: number,
  most: number,
  signal?: AbortSignal,
): Promise<Examples> {
  const answer = await datasets.readExamples(
    { name: `datasets/${id}`, split: wireSplit(split), startIndex: BigInt(start), pageSize: most },
    { ...kUnary, signal },
  );
  const count = answer.labels.length;
  return {
    indices: answer.indices.map(Number),
    inputs: Float32Array.from(answer.inputs),
    labels: Int32Array.from(answer.labels),
    width: count === 0 ? 0 : answer.inputs.length / count,
    nextStart: Number(answer.nextStartIndex),
  };
}

const kChunkBytes = 1 << 20;
const kFormats: readonly { readonly ending: RegExp; readonly format: UploadFormat }[] = [
  { ending: /\.npz$/i, format: UploadFormat.NPZ },
  { ending: /\.csv$/i, format: UploadFormat.CSV },
  { ending: /(\.idx|-ubyte)(\.gz)?$/i, format: UploadFormat.IDX },
];

/** Whether files of these names can be uploaded, and as what. */
export function uploadFormat(names: readonly string[]): UploadFormat | undefined {
  const found = names.map((name) => kFormats.find(({ ending }) => ending.test(name))?.format);
  return new Set(found).size === 1 ? found[0] : undefined;
}

/** Sends files and makes a data set of them. `onProgress` hears the share that has been sent. */
export async function uploadDataset(
  id: string,
  files: readonly File[],
  options: { readonly labelColumn: string; readonly validationFraction: number },
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Dataset> {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const upload = await datasets.createUpload(
    {
      upload: {
        datasetId: id,
        format: uploadFormat(files.map((file) => file.name)) ?? UploadFormat.UNSPECIFIED,
        files: files.map((file) => ({ fileName: file.name, sizeBytes: BigInt(file.size) })),
        labelColumn: options.labelColumn,
        validationFraction: options.validationFraction,
      },
    },
    { ...kUnary, signal },
  );
  let sent = 0;
  try {
    for (const [fileIndex, file] of files.entries()) {
      for (let offset = 0; offset < file.size; offset += kChunkBytes) {
        const data = new Uint8Array(await file.slice(offset, offset + kChunkBytes).arrayBuffer());
        await datasets.uploadChunk(
          { name: upload.name, fileIndex, offset: BigInt(offset), data },
          { timeoutMs: 60_000, signal },
        );
        sent += data.length;
        onProgress(sent / total);
      }
    }
    return datasetOf(await datasets.finishUpload({ name: upload.name }, { signal }));
  } catch (error) {
    // Given up for good; the server would forget it by itself, later.
    await datasets.deleteUpload({ name: upload.name }, kUnary).catch(() => undefined);
    throw error;
  }
}
