import { Code, ConnectError } from '@connectrpc/connect';
import { Role } from '../gen/percept/v1/access_pb';
import { access, kUnaryTimeoutMs } from './clients';

export type RoleName = 'guest' | 'viewer' | 'student' | 'instructor' | 'admin';

/** Who looks at the pages, as the server sees it. */
export interface Caller {
  readonly name: string;
  readonly role: RoleName;
  /** Otherwise everybody may do everything. */
  readonly tokensRequired: boolean;
}

const kRoles: Partial<Record<Role, RoleName>> = {
  [Role.GUEST]: 'guest',
  [Role.VIEWER]: 'viewer',
  [Role.STUDENT]: 'student',
  [Role.INSTRUCTOR]: 'instructor',
  [Role.ADMIN]: 'admin',
};

/** Undefined where the server asks for a token that the browser has not, or has no more. */
export async function getCaller(signal?: AbortSignal): Promise<Caller | undefined> {
  try {
    const answer = await access.getCaller({}, { timeoutMs: kUnaryTimeoutMs, signal });
    return {
      name: answer.name,
      role: kRoles[answer.role] ?? 'guest',
      tokensRequired: answer.tokensRequired,
    };
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated) return undefined;
    throw error;
  }
}

/**
 * Has the browser keep a token where no script can read it. Throws what the server says of one
 * that it does not take.
 */
export async function login(token: string): Promise<Caller> {
  if (!/^[\w-]{1,256}$/.test(token)) {
    throw new Error('A token has letters, digits, - and _ only, such as percept_…');
  }
  const answer = await fetch('/login', {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(await answer.text());
  const caller = await getCaller();
  if (caller !== undefined) return caller;
  await logout();
  throw new Error('This is none of the server’s tokens; it may have been taken back.');
}

export async function logout(): Promise<void> {
  await fetch('/logout', { method: 'POST' });
}
