import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Nameserver } from '../config/config.ts';
import type { Channel, Events, Wait } from './channel.ts';
import { random16 } from './query-id.ts';

/** How many sockets share the work. */
const sockets = 4;

/**
 * How many questions may be in flight on each. A receive buffer of 212,992 bytes (Linux's default) holds 166 small answers:
 * the kernel counts a page's worth of overhead for each. Beyond that answers are lost, and a sweep waits for retries.
 */
const inFlight = 32;

/** A socket is given up after so many questions, or after so long: with it goes its source port (RFC 5452, 9.2). */
const oldest = { questions: 1024, ms: 10_000 };

interface Port<W> {
  readonly socket: Socket;
  readonly waiting: Map<number, W>;
  readonly since: number;
  /** Told of an error that sending met at once. */
  readonly onSent: (error: Error | null) => void;
  ready: boolean;
  sent: number;
  closed: boolean;
}

/**
 * Asks one server over UDP. Each socket is connected, so the kernel itself drops what comes from any other address or port,
 * and tells when nobody listens there.
 */
export function openUdp<W extends Wait>({ address, port }: Nameserver, events: Events<W>): Channel<W> {
  const portOf = new WeakMap<Socket, Port<W>>();
  /** While one message lives, so do the hidden classes that Node made for messages, and all that V8 optimised for them. */
  const latest: { message?: Buffer; from?: RemoteInfo } = {};
  let ports: Port<W>[] = [];
  let queue: W[] = [];
  let closed = false;

  function openPort(): void {
    const type = address.family === 4 ? 'udp4' : 'udp6';
    const socket = createSocket({ type, recvBufferSize: 1 << 20, lookup });
    const onSent = (error: Error | null): void => {
      if (error !== null) broken(made, error);
    };
    const made: Port<W> = { socket, waiting: new Map(), since: performance.now(), onSent, ready: false, sent: 0, closed: false };
    socket.unref();
    portOf.set(socket, made);
    socket.on('message', onMessage);
    socket.on('error', (error: NodeJS.ErrnoException) => broken(made, error));
    socket.connect(port, address.text, ((error?: Error) => {
      if (error === undefined) made.ready = true;
      else broken(made, error);
      pump();
    }) as () => void);
    ports.push(made);
  }

  /** Addresses need no look-up; Node would make one for each socket, and for the address it is bound to, which is 0.0.0.0 or ::. */
  function lookup(text: string, _: unknown, done: (error: null, text: string, family: number) => void): void {
    done(null, text, address.family);
  }

  /** One function for all sockets: V8 throws away what it optimised for a function that died with its socket. */
  function onMessage(this: Socket, message: Buffer, from: RemoteInfo): void {
    const at = portOf.get(this);
    latest.message = message;
    latest.from = from;
    const wait = message.length < 12 ? undefined : at?.waiting.get(message.readUInt16BE(0));
    if (at === undefined || wait === undefined) events.stray(message.length < 12 ? 'short' : 'id');
    else if (events.take(wait, message)) {
      at.waiting.delete(wait.id);
      pump();
    }
  }

  /** ECONNREFUSED and the like: whatever was asked on this socket will not be answered. */
  function broken(at: Port<W>, error: NodeJS.ErrnoException): void {
    if (at.closed) return;
    drop(at);
    const lost = [...at.waiting.values()];
    at.waiting.clear();
    // Where no socket can be opened at all, those in the queue would wait in vain.
    if (!at.ready) lost.push(...queue.splice(0));
    for (const wait of lost) if (!wait.over) events.lost(wait, error.code ?? error.message);
    pump();
  }

  function drop(old: Port<W>): void {
    if (old.closed) return;
    old.closed = true;
    ports = ports.filter((each) => each !== old);
    old.socket.close();
  }

  function isOld({ sent, since }: Port<W>): boolean {
    return sent >= oldest.questions || performance.now() - since > oldest.ms;
  }

  /** The emptiest socket that may take one more; worn ones are replaced once nothing waits on them. */
  function freePort(): Port<W> | null {
    let best: Port<W> | null = null;
    for (const each of ports) {
      if (!each.ready) continue;
      if (each.waiting.size === 0 && isOld(each)) drop(each);
      else if (each.sent < oldest.questions && each.waiting.size < inFlight && (best === null || each.waiting.size < best.waiting.size))
        best = each;
    }
    if ((best === null || best.waiting.size > 0) && ports.length < sockets) openPort();
    return best;
  }

  function pump(): void {
    while (queue.length > 0 && !closed) {
      const at = freePort();
      if (at === null) return;
      const wait = queue.shift();
      if (wait !== undefined && !wait.over) emit(at, wait);
    }
  }

  function emit(at: Port<W>, wait: W): void {
    let id = random16();
    while (at.waiting.has(id)) id = random16();
    wait.id = id;
    wait.place = at;
    at.waiting.set(id, wait);
    at.sent++;
    // Whoever is asked alone learns of an error at once; in a burst one of many is enough, and each callback costs.
    at.socket.send(events.write(wait, id), at.waiting.size > 1 ? undefined : at.onSent);
    events.sent(wait);
  }

  return {
    send(wait) {
      queue.push(wait);
      pump();
    },
    stop(wait) {
      wait.over = true;
      const at = ports.find((each) => each === wait.place);
      if (at?.waiting.get(wait.id) === wait) {
        at.waiting.delete(wait.id);
        pump();
      }
    },
    close() {
      closed = true;
      queue = [];
      for (const each of ports) drop(each);
    },
  };
}
