import { describe, expect, it } from 'vitest';
import { connectionText } from './connection-text';

const kLost = { state: 'resuming', lastHeard: 1000, attempt: 1, reason: 'gone' } as const;

describe('connectionText', () => {
  it('says since when a server was not heard', () => {
    expect(connectionText(kLost, 5200, true)).toBe('server restarting, last seen 4 s ago');
    expect(connectionText(kLost, 500, true)).toBe('server restarting, last seen 0 s ago');
  });
  it('does not claim a restart that takes too long', () =>
    expect(connectionText(kLost, 91_000, true)).toBe('server out of reach, last seen 90 s ago'));
  it('tells a missing network from a missing server', () =>
    expect(connectionText(kLost, 5200, false)).toBe('no network, server last seen 4 s ago'));
});
