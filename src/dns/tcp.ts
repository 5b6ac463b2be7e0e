import { connect, type Socket } from 'node:net';
import type { Nameserver } from '../core/config.ts';
import type { Channel, Stray, Waiter } from './channel.ts';
import { frames } from './framing.ts';
import { random16 } from './random.ts';

/** CoreDNS closes a connection after 128 questions (miekg/dns MaxTCPQueries); a new one is opened before that. */
const questions = 100;

interface Line {
  readonly socket: Socket;
  readonly waiting: Map<number, Waiter>;
  sent: number;
  /** When the last message arrived, on performance.now()'s clock. */
  heard: number;
  /** Frames of this turn of the event loop, written together. */
  outbox: Buffer[];
  /** The socket took more than it could pass on. */
  full: boolean;
  closed: boolean;
}

interface Turn {
  readonly write: (id: number) => Buffer;
  readonly waiter: Waiter;
  stop: () => void;
  stopped: boolean;
}

/**
 * Asks one server over TCP: connections are kept, questions pipelined, answers taken in any order (RFC 7766, 6.2).
 *
 * @param idle milliseconds after which a connection without questions is closed
 */
export function openTcp({ address, port }: Nameserver, stray: Stray, idle: number): Channel {
  const queue: Turn[] = [];
  const lines = new Set<Line>();
  let current: Line | null = null;
  let closed = false;

  function openLine(): Line {
    const socket = connect({ host: address.text, port, family: address.family, noDelay: true });
    const line: Line = { socket, waiting: new Map(), sent: 0, heard: 0, outbox: [], full: false, closed: false };
    lines.add(line);
    const take = frames((message) => receive(line, message));
    socket.unref();
    socket.on('data', take);
    socket.on('drain', () => {
      line.full = false;
      pump();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(line, error.code ?? error.message));
    socket.on('close', () => end(line, 'closed by the server'));
    socket.setTimeout(idle, () => {
      if (line.waiting.size === 0) end(line, 'idle');
    });
    return line;
  }

  function receive(line: Line, message: Buffer): void {
    line.heard = performance.now();
    const id = message.length < 12 ? null : message.readUInt16BE(0);
    const waiter = id === null ? undefined : line.waiting.get(id);
    if (id === null || waiter === undefined) stray(id === null ? 'short' : 'id');
    else if (waiter.take(message)) {
      line.waiting.delete(id);
      settle(line);
      pump();
    }
  }

  /** A connection that has carried its share is closed when the last answer is in. */
  function settle(line: Line): void {
    if (line !== current && line.waiting.size === 0) end(line, 'done');
  }

  function end(line: Line, why: string): void {
    if (line.closed) return;
    line.closed = true;
    lines.delete(line);
    if (current === line) current = null;
    line.socket.destroy();
    const lost = [...line.waiting.values()];
    line.waiting.clear();
    for (const waiter of lost) waiter.lost(why);
    pump();
  }

  function pump(): void {
    while (queue.length > 0 && !closed) {
      if (current === null || current.sent >= questions) {
        const worn = current;
        if (worn === null) current = openLine();
        else if (lines.size < 4) {
          current = openLine();
          settle(worn);
        } else return;
      }
      if (current.full) return;
      const turn = queue.shift();
      if (turn === undefined || turn.stopped) continue;
      emit(current, turn);
    }
  }

  function emit(line: Line, turn: Turn): void {
    let id = random16();
    while (line.waiting.has(id)) id = random16();
    line.waiting.set(id, turn.waiter);
    line.sent++;
    const since = performance.now();
    turn.stop = () => {
      if (line.waiting.get(id) !== turn.waiter) return;
      line.waiting.delete(id);
      // Nothing came since the question left: the connection may be dead, and the next question deserves a live one.
      if (line === current && line.heard < since) current = null;
      settle(line);
    };
    const message = turn.write(id);
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(message.length);
    if (line.outbox.length === 0) queueMicrotask(() => flush(line));
    line.outbox.push(length, message);
    turn.waiter.sent();
  }

  function flush(line: Line): void {
    if (!line.closed) line.full = !line.socket.write(Buffer.concat(line.outbox));
    line.outbox = [];
  }

  return {
    send(write, waiter) {
      const turn: Turn = { write, waiter, stopped: false, stop: () => {} };
      queue.push(turn);
      pump();
      return () => {
        turn.stopped = true;
        turn.stop();
      };
    },
    close() {
      closed = true;
      for (const line of [...lines]) end(line, 'closed');
    },
  };
}
