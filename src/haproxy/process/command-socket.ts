import type { HaproxyConfig } from '../../config/config.ts';

/** A socket that reaches the current worker, and the prefix of each command on it. */
export interface CommandSocket {
  readonly path: string;
  readonly prefix: string;
}

/** The socket of the current worker: the master's (HAProxy management guide 9.4, `@1`), else the stats socket; null where there is none. */
export function commandSocket({ reload, socket }: Pick<HaproxyConfig, 'reload' | 'socket'>): CommandSocket | null {
  if (reload.kind === 'master') return { path: reload.socket, prefix: '@1 ' };
  return socket === null ? null : { path: socket, prefix: '' };
}
