import { createSocket, type Socket } from 'node:dgram';
import type { Nameserver } from '../core/config.ts';
import type { Channel, Stray, Waiter } from './channel.ts';
import { random16 } from './random.ts';

/** How many sockets share the work, and how many questions may be in flight on each. */
const sockets = 4;

/**
 * A receive buffer of 212,992 bytes (Linux's default) holds 166 small answers: the kernel counts a page's worth of overhead
 * for each. Beyond that answers are lost, and a sweep waits for retries. Four times 32 stay below it with large answers too.
 */
const inFlight = 32;

/** A socket is given up after so many questions, or after so long: with it goes its source port (RFC 5452, 9.2). */
const oldest = { questions: 1024, ms: 10_000 };

interface Port {
  readonly socket: Socket;
  readonly waiting: Map<number, Waiter>;
  readonly since: number;
  ready: boolean;
  sent: number;
  closed: boolean;
}

interface Turn {
  readonly write: (id: number) => Buffer;
  readonly waiter: Waiter;
  stop: () => void;
  stopped: boolean;
}

/**
 * Asks one server over UDP. Each socket is connected, so the kernel itself drops what comes from any other address or port,
 * and tells when nobody listens there.
 */
export function openUdp({ address, port }: Nameserver, stray: Stray): Channel {
  const ports: Port[] = [];
  const queue: Turn[] = [];
  let closed = false;

  function openPort(): Port {
    const type = address.family === 4 ? 'udp4' : 'udp6';
    const lookup = (_: string, __: unknown, done: (error: null, text: string, family: number) => void) =>
      done(null, address.text, address.family);
    const socket = createSocket({ type, recvBufferSize: 1 << 20, lookup: lookup as never });
    const made: Port = { socket, waiting: new Map(), since: performance.now(), ready: false, sent: 0, closed: false };
    socket.unref();
    socket.on('message', (message: Buffer) => receive(made, message));
    socket.on('error', (error: NodeJS.ErrnoException) => broken(made, error));
    socket.connect(port, address.text, ((error?: Error) => {
      if (error !== undefined) return broken(made, error);
      made.ready = true;
      pump();
    }) as () => void);
    ports.push(made);
    return made;
  }

  function receive(from: Port, message: Buffer): void {
    const id = message.length < 12 ? null : message.readUInt16BE(0);
    const waiter = id === null ? undefined : from.waiting.get(id);
    if (id === null || waiter === undefined) stray(id === null ? 'short' : 'id');
    else if (waiter.take(message)) {
      from.waiting.delete(id);
      pump();
    }
  }

  /** ECONNREFUSED and the like: whatever was asked on this socket will not be answered. */
  function broken(at: Port, error: NodeJS.ErrnoException): void {
    drop(at);
    const lost = [...at.waiting.values()];
    at.waiting.clear();
    // Where no socket can be opened at all, those in the queue would wait in vain.
    if (!at.ready) for (const turn of queue.splice(0)) if (!turn.stopped) lost.push(turn.waiter);
    for (const waiter of lost) waiter.lost(error.code ?? error.message);
    pump();
  }

  function drop(old: Port): void {
    if (old.closed) return;
    old.closed = true;
    const at = ports.indexOf(old);
    if (at >= 0) ports.splice(at, 1);
    old.socket.close();
  }

  function isOld({ sent, since }: Port): boolean {
    return sent >= oldest.questions || performance.now() - since > oldest.ms;
  }

  /** The emptiest socket that may take one more; worn ones are replaced once nothing waits on them. */
  function freePort(): Port | null {
    for (const old of ports.filter((each) => each.waiting.size === 0 && each.ready && isOld(each))) drop(old);
    let best: Port | null = null;
    for (const each of ports) {
      if (!each.ready || each.sent >= oldest.questions || each.waiting.size >= inFlight) continue;
      if (best === null || each.waiting.size < best.waiting.size) best = each;
    }
    if ((best === null || best.waiting.size > 0) && ports.length < sockets) openPort();
    return best;
  }

  function pump(): void {
    while (queue.length > 0 && !closed) {
      const at = freePort();
      if (at === null) return;
      const turn = queue.shift();
      if (turn === undefined || turn.stopped) continue;
      emit(at, turn);
    }
  }

  function emit(at: Port, turn: Turn): void {
    let id = random16();
    while (at.waiting.has(id)) id = random16();
    at.waiting.set(id, turn.waiter);
    at.sent++;
    turn.stop = () => {
      if (at.waiting.get(id) === turn.waiter && at.waiting.delete(id)) pump();
    };
    at.socket.send(turn.write(id), (error) => {
      if (error !== null && !at.closed) broken(at, error);
    });
    turn.waiter.sent();
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
      for (const each of [...ports]) drop(each);
    },
  };
}
