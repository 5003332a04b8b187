import type { Connection } from '../api/model';

/** A server that restarts is back within this; after it, nobody can say what it does. */
const kRestartMs = 60_000;

/** What the page says of its connection; nothing while it follows nothing. */
export function connectionText(connection: Connection, now: number, isOnline: boolean): string {
  switch (connection.state) {
    case 'idle':
      return '';
    case 'connecting':
      return 'connecting';
    case 'live':
      return 'live';
    case 'resuming': {
      const silence = Math.max(0, now - connection.lastHeard);
      const seen = `last seen ${Math.round(silence / 1000)} s ago`;
      if (!isOnline) return `no network, server ${seen}`;
      return `${silence < kRestartMs ? 'server restarting' : 'server out of reach'}, ${seen}`;
    }
    case 'failed':
      return 'refused by the server';
  }
}
