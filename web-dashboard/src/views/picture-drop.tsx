// Where people bring a picture: by dropping it, choosing a file, or taking a photograph.

import { useCallback, useEffect, useState } from 'react';
import type { DragEvent } from 'react';
import { formatBytes } from '../format';

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
  const [isOver, setOver] = useState(false);
  const take = (file: File | undefined) => {
    if (file !== undefined) onBring(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <label
      className={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        type="file"
        accept="image/*"
        className="visually-hidden"
        aria-label={label}
        onChange={(event) => take(event.target.files?.[0])}
      />
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
    </label>
  );
}
