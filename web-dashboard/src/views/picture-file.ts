// Pictures as people have them, made into what the server takes: PNG or JPEG of at most 4 MiB.

export interface PictureLimits {
  readonly bytes: number;
  /** Along the longer side of a copy. */
  readonly side: number;
}

const kMost: PictureLimits = { bytes: 3.5 * 2 ** 20, side: 1600 };

/** The file's own bytes where these are few enough; else a smaller copy of the picture. */
export async function pictureBytes(file: Blob, most = kMost): Promise<Uint8Array> {
  const isTaken = file.type === 'image/png' || file.type === 'image/jpeg';
  if (isTaken && file.size <= most.bytes) return new Uint8Array(await file.arrayBuffer());
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, most.side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const copy = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (copy === null) throw new Error('the browser cannot read this picture');
  return new Uint8Array(await copy.arrayBuffer());
}
