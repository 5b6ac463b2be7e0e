import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { folderOf } from '../folder.ts';

/** A tab of a headless browser. */
export interface Tab {
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression in the page, as JSON; promises are waited for. */
  readonly tell: <T>(expression: string) => Promise<T>;
  readonly dress: (how: { width: number; height: number; scheme: 'light' | 'dark' }) => Promise<void>;
  /** A picture of the page in full, as PNG. */
  readonly picture: () => Promise<Buffer>;
  /** The complaints of the browser: breaches of the policy, exceptions, console errors. */
  readonly complaints: readonly string[];
  /** Any command of the Chrome DevTools Protocol. */
  readonly command: (method: string, params?: object) => Promise<Record<string, unknown>>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

const quiet =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --no-proxy-server --hide-scrollbars';

/** Starts Debian's chromium in a profile of its own and drives it over a pipe (--remote-debugging-pipe); it ends with the test. */
export async function openTab(t: ExecutionContext): Promise<Tab> {
  const args = [...quiet.split(' '), '--remote-debugging-pipe', `--user-data-dir=${join(folderOf(t), 'profile')}`, 'about:blank'];
  const child = spawn('chromium', args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const ended = once(child, 'close');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (message: Message) => void>();
  const complaints: string[] = [];
  let last = 0;
  let rest = '';
  from.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) heard(JSON.parse(part) as Message);
  });
  void ended.then(() => {
    for (const resolve of waiting.values()) resolve({ error: { message: `chromium has ended: ${said.slice(-500)}` } });
  });

  function heard({ id, method, params, ...message }: Message): void {
    if (id !== undefined) waiting.get(id)?.(message);
    if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled')
      complaints.push(JSON.stringify(params));
  }

  async function send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++last;
    const { result = {}, error } = await new Promise<Message>((resolve) => {
      waiting.set(id, resolve);
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
    waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  const { targetInfos } = (await send('Target.getTargets')) as { targetInfos: readonly { type: string; targetId: string }[] };
  const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId;
  const { sessionId } = (await send('Target.attachToTarget', { targetId, flatten: true })) as { sessionId: string };
  const command = (method: string, params?: object) => send(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log']) await command(`${domain}.enable`);
  const tell = async <T>(expression: string): Promise<T> => {
    const result = (await command('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })) as {
      result: { value: T };
      exceptionDetails?: unknown;
    };
    if (result.exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(result.exceptionDetails)}`);
    return result.result.value;
  };
  return {
    command,
    complaints,
    tell,
    async open(url) {
      await command('Page.navigate', { url });
      const there = `location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`;
      for (const until = Date.now() + 30_000; Date.now() < until; await sleep(20)) if (await tell<boolean>(there)) return;
      throw new Error(`${url} was not loaded`);
    },
    async dress({ width, height, scheme }) {
      await command('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
      await command('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    },
    async picture() {
      const { data } = (await command('Page.captureScreenshot', { captureBeyondViewport: true })) as { data: string };
      return Buffer.from(data, 'base64');
    },
  };
}

/** Sizes of a screen, in CSS pixels. */
export const phone = { width: 360, height: 740 } as const;
export const desktop = { width: 1_200, height: 800 } as const;

/** Waits until the expression is true in the page. */
export async function becomes(tab: Tab, expression: string): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(20)) if (await tab.tell<boolean>(expression)) return;
  throw new Error(`gave up waiting for ${expression}: ${await tab.tell('document.body.innerText')}`);
}
