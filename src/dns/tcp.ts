import { connect, type Socket } from 'node:net';
import type { Nameserver } from '../config/config.ts';
import type { Channel, Events, Wait } from './channel.ts';
import { random16 } from './query-id.ts';
import { frames } from './tcp-framing.ts';

/** CoreDNS closes a connection after 128 questions (miekg/dns MaxTCPQueries); a new one is opened before that. */
const questions = 120;

/** Connections at a time, those included that only wait for their last answers. */
const connections = 4;

interface Line<W> {
  readonly socket: Socket;
  readonly waiting: Map<number, W>;
  sent: number;
  /** When the last message arrived, and when the last one left that is waited for, on performance.now()'s clock. */
  heard: number;
  /** Messages of this turn of the event loop, written together. */
  outbox: Buffer[];
  /** The socket took more than it could pass on. */
  full: boolean;
  closed: boolean;
}

/**
 * Asks one server over TCP: connections are kept, questions pipelined, answers taken in any order (RFC 7766, 6.2).
 *
 * @param idle milliseconds after which a connection without questions is closed
 */
export function openTcp<W extends Wait>({ address, port }: Nameserver, events: Events<W>, idle: number): Channel<W> {
  let queue: W[] = [];
  const lines = new Set<Line<W>>();
  /** The connection that takes new questions. */
  let current: Line<W> | null = null;
  let closed = false;

  function openLine(): Line<W> {
    const socket = connect({ host: address.text, port, family: address.family, noDelay: true });
    const line: Line<W> = { socket, waiting: new Map(), sent: 0, heard: performance.now(), outbox: [], full: false, closed: false };
    lines.add(line);
    socket.unref();
    socket.on(
      'data',
      frames((message) => receive(line, message)),
    );
    socket.on('drain', () => {
      line.full = false;
      pump();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(line, error.code ?? error.message));
    socket.on('close', () => end(line, 'the server closed the connection'));
    socket.setTimeout(idle, () => {
      if (line.waiting.size === 0) end(line, 'idle');
    });
    return line;
  }

  function receive(line: Line<W>, message: Buffer): void {
    line.heard = performance.now();
    const wait = message.length < 12 ? undefined : line.waiting.get(message.readUInt16BE(0));
    if (wait === undefined) events.stray(message.length < 12 ? 'short' : 'id');
    else if (events.take(wait, message)) {
      line.waiting.delete(wait.id);
      settle(line);
      pump();
    }
  }

  /** A connection that has carried its share is closed when the last answer is in. */
  function settle(line: Line<W>): void {
    if (line !== current && line.waiting.size === 0) end(line, 'done');
  }

  function end(line: Line<W>, why: string): void {
    if (line.closed) return;
    line.closed = true;
    lines.delete(line);
    if (current === line) current = null;
    line.socket.destroy();
    const lost = [...line.waiting.values()];
    line.waiting.clear();
    for (const wait of lost) if (!wait.over) events.lost(wait, why);
    pump();
  }

  /** The connection for the next question; null when it must wait for one. */
  function freeLine(): Line<W> | null {
    if (current !== null && current.sent < questions) return current.full ? null : current;
    if (lines.size >= connections) return null;
    const worn = current;
    current = openLine();
    if (worn !== null) settle(worn);
    return current;
  }

  function pump(): void {
    while (queue.length > 0 && !closed) {
      const line = freeLine();
      if (line === null) return;
      const wait = queue.shift();
      if (wait !== undefined && !wait.over) emit(line, wait);
    }
  }

  function emit(line: Line<W>, wait: W): void {
    let id = random16();
    while (line.waiting.has(id)) id = random16();
    wait.id = id;
    wait.place = line;
    line.waiting.set(id, wait);
    line.sent++;
    const message = events.write(wait, id);
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(message.length);
    if (line.outbox.length === 0) queueMicrotask(() => flush(line));
    line.outbox.push(length, message);
    events.sent(wait);
  }

  function flush(line: Line<W>): void {
    if (!line.closed) line.full = !line.socket.write(Buffer.concat(line.outbox));
    line.outbox = [];
  }

  return {
    send(wait) {
      queue.push(wait);
      pump();
    },
    stop(wait) {
      wait.over = true;
      for (const line of lines) {
        if (line !== wait.place || line.waiting.get(wait.id) !== wait) continue;
        line.waiting.delete(wait.id);
        // Nothing came for long: the connection may be dead, and the next question deserves a live one.
        if (line === current && performance.now() - line.heard > silence) current = null;
        settle(line);
      }
    },
    close() {
      closed = true;
      queue = [];
      for (const line of lines) end(line, 'closed');
    },
  };
}

/** Milliseconds without any message after which a connection is not used again once a wait on it was given up. */
const silence = 1000;
