// A real perceptd for a test: the program that PERCEPTD names, or the release build's.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const kRoot = resolve(import.meta.dirname, '../..');

export class Server {
  private process: ChildProcess | null = null;
  private output = '';
  private readonly folder = mkdtempSync(join(tmpdir(), 'percept-e2e-'));
  /** Where its pages are, such as http://127.0.0.1:40123. */
  url = '';
  /** Where it speaks gRPC, such as 127.0.0.1:40124. */
  grpcAddress = '';

  constructor(private readonly options: readonly string[] = []) {}

  /** Starts it, or starts it again: on the same data, and where it was listening. */
  async start(): Promise<void> {
    const address = this.url === '' ? '127.0.0.1:0' : new URL(this.url).host;
    const program = process.env['PERCEPTD'] ?? join(kRoot, 'build/release/bin/perceptd');
    this.output = '';
    const environment = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('PERCEPTD_'),
    );
    const child = spawn(
      program,
      [
        '--data-dir',
        join(this.folder, 'data'),
        '--assets-dir',
        join(kRoot, 'build/assets'),
        '--dashboard-dir',
        process.env['PERCEPT_DASHBOARD_DIR'] ?? join(kRoot, 'build/dashboard'),
        '--grpc-address',
        '127.0.0.1:0',
        '--http-address',
        address,
        ...this.options,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: Object.fromEntries(environment) },
    );
    this.process = child;
    await new Promise<void>((listening, failed) => {
      const hear = (data: Buffer) => {
        this.output += data.toString();
        const found = /shows its dashboard at (http:\/\/[^/\s]+)\//.exec(this.output);
        if (found?.[1] !== undefined) {
          this.url = found[1];
          this.grpcAddress = /listens on (\S+) \(gRPC\)/.exec(this.output)?.[1] ?? '';
          listening();
        }
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', failed);
      child.once('exit', () =>
        failed(new Error(`perceptd ended before it listened:\n${this.output}`)),
      );
    });
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it as an administrator would. */
  async terminate(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Stops it, and deletes its data. Returns its exit code. */
  async stop(): Promise<number | null> {
    const code = await this.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  }
}
