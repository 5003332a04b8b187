// The real `percept`, to try the commands that a page shows.

import { execFile } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';

const kProgram =
  process.env['PERCEPT'] ??
  join(resolve(import.meta.dirname, '../..'), 'build/release/bin/percept');

export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a line as a shell would, against a server; `percept` in it is the real program, with --json. */
export async function shell(line: string, grpcAddress: string): Promise<Outcome> {
  return new Promise((finish) => {
    execFile(
      '/bin/sh',
      ['-c', line.replace(/^percept /, 'percept --json ')],
      {
        env: {
          PATH: `${dirname(kProgram)}:/usr/bin:/bin`,
          HOME: '/nonexistent',
          PERCEPT_SERVER: grpcAddress,
        },
        maxBuffer: 256 << 20,
      },
      (error, output, errors) =>
        finish({ code: error === null ? 0 : Number(error.code ?? 1), output, errors }),
    );
  });
}
