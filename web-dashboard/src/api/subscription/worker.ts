// The hub in a SharedWorker: one stream for all tabs of a browser, which has six connections only.

import { makeTransport } from '../transport';
import { Hub } from './hub';
import type { ToHub } from './messages';

declare const self: SharedWorkerGlobalScope;

const hub = new Hub((owner) => makeTransport(self.location.origin, owner));

self.addEventListener('connect', (event) => {
  const port = event.ports[0];
  if (port === undefined) return;
  const page = { post: (message: unknown) => port.postMessage(message) };
  hub.attach(page);
  port.addEventListener('message', ({ data }: MessageEvent<ToHub>) => hub.receive(page, data));
  port.start();
});
