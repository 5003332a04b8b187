// Where people bring a picture: by dropping it, choosing a file, or taking a photograph.

import { useCallback, useEffect, useState } from 'react';
import { formatBytes } from '../format';
import { DropZone } from '../ui/drop-zone';

let picturesBrought = 0;

export interface Brought {
  readonly file: File;
  readonly url: string;
  /** Sets it apart from others of the same name. */
  readonly key: string;
}

/** The picture brought last; none after `undefined`. */
export function usePicture(): [Brought | null, (file: File | undefined) => void] {
  const [brought, setBrought] = useState<Brought | null>(null);
  useEffect(() => {
    const url = brought?.url;
    return () => {
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [brought]);
  const bring = useCallback((file: File | undefined) => {
    picturesBrought += 1;
    setBrought(
      file === undefined
        ? null
        : { file, url: URL.createObjectURL(file), key: `picture ${picturesBrought}` },
    );
  }, []);
  return [brought, bring];
}

interface Props {
  readonly label: string;
  readonly brought: Brought | null;
  readonly onBring: (file: File) => void;
}

export function PictureDrop({ label, brought, onBring }: Props) {
  return (
    <DropZone
      label={label}
      accept="image/*"
      onFiles={([file]) => {
        if (file !== undefined) onBring(file);
      }}
    >
      {brought === null ? (
        <span>Drop a picture here, choose one, or take a photograph.</span>
      ) : (
        <>
          <img src={brought.url} alt={`The picture ${brought.file.name}`} />
          <span className="note">
            {brought.file.name}, {formatBytes(brought.file.size)}: drop another, or choose one
          </span>
        </>
      )}
    </DropZone>
  );
}
