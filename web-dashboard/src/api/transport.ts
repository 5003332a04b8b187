import type { Interceptor, Transport } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';

const kOwnerKey = 'percept-owner';

/** The name that jobs are submitted under; a courtesy among people who trust each other. */
export function ownerName(): string {
  try {
    return localStorage.getItem(kOwnerKey) ?? '';
  } catch {
    return ''; // A worker, or a browser that keeps nothing.
  }
}

export function setOwnerName(name: string): void {
  localStorage.setItem(kOwnerKey, name);
}

/** `owner` is asked for each call, so that a change counts at once. */
export function makeTransport(baseUrl: string, owner: () => string): Transport {
  const identify: Interceptor = (next) => (request) => {
    const name = owner();
    if (name !== '') request.header.set(kOwnerKey, name);
    return next(request);
  };
  return createGrpcWebTransport({ baseUrl, interceptors: [identify], useBinaryFormat: true });
}
