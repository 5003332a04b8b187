// Where files are brought: dropped, or chosen.

import { useState } from 'react';
import type { ReactNode } from 'react';

interface Props {
  /** For screen readers, where the children do not say it. */
  readonly label?: string;
  /** Kinds of files, as an input has them; all without it. */
  readonly accept?: string;
  readonly multiple?: boolean;
  readonly onFiles: (files: FileList) => void;
  readonly children: ReactNode;
}

export function DropZone({ label, accept, multiple, onFiles, children }: Props) {
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | null) => {
    if (files !== null && files.length > 0) onFiles(files);
  };
  return (
    <label
      className={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <input
        type="file"
        multiple={multiple}
        accept={accept}
        className="visually-hidden"
        aria-label={label}
        onChange={(event) => take(event.target.files)}
      />
      {children}
    </label>
  );
}
