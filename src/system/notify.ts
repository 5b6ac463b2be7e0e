import { hrtime } from 'node:process';
import { exec } from './exec.ts';
import type { Env } from './process.ts';

/** Notifications to the service manager (sd_notify(3)); without one they do nothing. */
export interface Notify {
  readonly ready: (status: string) => void;
  readonly reloading: () => void;
  readonly stopping: () => Promise<void>;
  readonly status: (text: string) => void;
  /** Reports that podfront is alive. Call it often: it is sent as often as the service manager asks for (WatchdogSec=). */
  readonly alive: () => void;
}

const timeout = 5_000;

/**
 * Opens the notifications. Node has no unix datagram sockets, so systemd-notify(1) sends them; the unit needs
 * `NotifyAccess=all`.
 *
 * @param now monotonic, in milliseconds
 */
export function openNotify(env: Env, pid: number, now: () => number, signal: AbortSignal): Notify {
  const socket = env.NOTIFY_SOCKET ?? '';
  let queue: Promise<unknown> = Promise.resolve();
  let pinged = Number.NEGATIVE_INFINITY;
  let sentStatus = '';
  const own = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(pid);
  const within = own ? Number(env.WATCHDOG_USEC ?? 0) / 1_000 : 0;

  function send(ending: AbortSignal, ...words: readonly string[]): Promise<unknown> {
    if (socket === '') return Promise.resolve();
    queue = queue.then(() => exec('systemd-notify', words, { env: { PATH: env.PATH, NOTIFY_SOCKET: socket }, timeout, signal: ending }));
    return queue;
  }

  return {
    ready: (status) => {
      sentStatus = status;
      void send(signal, 'READY=1', `STATUS=${status}`);
    },
    // Type=notify-reload wants the time as well (systemd.service(5)); hrtime is CLOCK_MONOTONIC.
    reloading: () => void send(signal, 'RELOADING=1', `MONOTONIC_USEC=${hrtime.bigint() / 1_000n}`),
    stopping: async () => {
      await send(AbortSignal.timeout(300), 'STOPPING=1');
    },
    status: (text) => {
      if (text === sentStatus) return;
      sentStatus = text;
      void send(signal, `STATUS=${text}`);
    },
    alive: () => {
      if (within <= 0 || now() - pinged < within / 3) return;
      pinged = now();
      void send(signal, 'WATCHDOG=1');
    },
  };
}
