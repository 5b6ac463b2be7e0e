import { createSocket, type Socket } from 'node:dgram';
import type { Nameserver } from '../config/config.ts';
import { type Channel, freeId, type OnUnmatched, type Request } from './channel.ts';

/** The number of sockets to a server. */
const sockets = 4;

/**
 * The most requests in flight on each socket. A receive buffer of 212,992 bytes (Linux's default) holds 166 small responses: the kernel
 * counts a page's worth of overhead for each. Beyond that responses are lost.
 */
const inFlightEach = 32;

/**
 * While requests wait in the queue, those in flight are checked every 16 ms and count as such for three checks: 48 ms, and longer in a
 * process that is held up and so reads its responses late. A cluster DNS answers in about one millisecond. A request without an answer by then may
 * be lost, and lost datagrams must not block others. The request itself stays open, and a late response counts.
 */
const inFlight = { checkEvery: 16, checks: 3 };

/** A socket is replaced after this many requests or this long, which also changes the source port (RFC 5452, section 9.2). */
const maxUse = { requests: 1024, ms: 10_000 };

/** A request in the queue, or on a socket. */
interface Entry {
  readonly request: Request;
  /** Null while it is in the queue. */
  socket: OpenSocket | null;
  id: number;
  /** Number of checks before it was sent. */
  sentAt: number;
}

interface OpenSocket {
  readonly socket: Socket;
  /** Requests without an answer, by id. */
  readonly waiting: Map<number, Entry>;
  /** Those of them that count as in flight, in the order in which they were sent. */
  readonly inFlight: Set<Entry>;
  readonly openedAt: number;
  connected: boolean;
  requests: number;
}

/**
 * Opens a channel to one server over UDP. Each socket is connected, so the kernel itself drops what comes from any other address or
 * port, and reports when nothing listens there. Sockets are opened when they are needed, and do not keep the process alive.
 */
export function openUdp({ address, port }: Nameserver, onUnmatched: OnUnmatched): Channel {
  const queue = new Set<Entry>();
  /** Sockets for new requests, and those that only wait for their last answers. */
  const [current, retired] = [new Set<OpenSocket>(), new Set<OpenSocket>()];
  let checks = 0;
  let timer: NodeJS.Timeout | null = null;

  function openSocket(): void {
    const socket = createSocket({ type: address.family === 4 ? 'udp4' : 'udp6', recvBufferSize: 1 << 20, lookup });
    const opened = { socket, waiting: new Map(), inFlight: new Set<Entry>(), openedAt: performance.now(), connected: false, requests: 0 };
    current.add(opened);
    socket.unref();
    socket.on('message', (message) => receive(opened, message));
    socket.on('error', (error) => fail(opened, error));
    // The callback gets an error, which is missing from the type definitions.
    socket.connect(port, address.text, ((error?: Error) => {
      if (error !== undefined) return fail(opened, error);
      opened.connected = true;
      sendQueued();
    }) as () => void);
  }

  /** Addresses need no lookup; Node would do one for each socket. */
  function lookup(text: string, _: unknown, done: (error: null, text: string, family: number) => void): void {
    done(null, text, address.family);
  }

  function receive(from: OpenSocket, message: Buffer): void {
    const entry = message.length < 12 ? undefined : from.waiting.get(message.readUInt16BE(0));
    if (entry === undefined) onUnmatched(message.length < 12 ? 'short' : 'id');
    else if (entry.request.onMessage(message)) {
      remove(from, entry);
      sendQueued();
    }
  }

  /** The socket is broken: no request on it will be answered. */
  function fail(broken: OpenSocket, error: NodeJS.ErrnoException): void {
    if (!close(broken)) return;
    const lost = [...broken.waiting.values()];
    broken.waiting.clear();
    if (!broken.connected) {
      // Where no socket can be opened, the queue would never be sent.
      lost.push(...queue);
      queue.clear();
    }
    for (const { request } of lost) request.onError(error.code ?? error.message);
    sendQueued();
  }

  /** Returns false if it is closed already. */
  function close(old: OpenSocket): boolean {
    if (!current.delete(old) && !retired.delete(old)) return false;
    old.socket.close();
    return true;
  }

  function remove(from: OpenSocket, entry: Entry): void {
    from.waiting.delete(entry.id);
    from.inFlight.delete(entry);
    if (from.waiting.size === 0 && retired.has(from)) close(from);
  }

  /** Sends no new requests on the socket, and closes it once no request waits on it. */
  function retire(old: OpenSocket): void {
    if (old.waiting.size === 0) close(old);
    else if (current.delete(old)) retired.add(old);
  }

  /** The socket with the fewest requests in flight; null when all are full. */
  function freeSocket(): OpenSocket | null {
    const now = performance.now();
    let best: OpenSocket | null = null;
    for (const each of current) {
      if (each.requests >= maxUse.requests || now - each.openedAt > maxUse.ms) retire(each);
      else if (each.connected) {
        for (const entry of each.inFlight) {
          if (checks - entry.sentAt < inFlight.checks) break;
          each.inFlight.delete(entry);
        }
        if (each.inFlight.size < (best?.inFlight.size ?? inFlightEach)) best = each;
      }
    }
    if ((best === null || best.inFlight.size > 0) && current.size < sockets) openSocket();
    return best;
  }

  function sendQueued(): void {
    for (const entry of queue) {
      const socket = freeSocket();
      if (socket === null) break;
      queue.delete(entry);
      transmit(socket, entry);
    }
    // setImmediate runs after the sockets are read.
    if (queue.size > 0 && timer === null) timer = setTimeout(() => setImmediate(check), inFlight.checkEvery);
  }

  function check(): void {
    timer = null;
    checks++;
    sendQueued();
  }

  function transmit(over: OpenSocket, entry: Entry): void {
    entry.socket = over;
    entry.id = freeId(over.waiting);
    entry.sentAt = checks;
    over.waiting.set(entry.id, entry);
    over.inFlight.add(entry);
    over.requests++;
    over.socket.send(entry.request.encode(entry.id), (error) => {
      if (error !== null) fail(over, error);
    });
    entry.request.onSent();
  }

  return {
    send(request) {
      const entry: Entry = { request, socket: null, id: -1, sentAt: 0 };
      const socket = queue.size === 0 ? freeSocket() : null;
      if (socket !== null) transmit(socket, entry);
      else {
        queue.add(entry);
        sendQueued();
      }
      return () => {
        queue.delete(entry);
        if (entry.socket?.waiting.get(entry.id) !== entry) return;
        remove(entry.socket, entry);
        sendQueued();
      };
    },
    close() {
      queue.clear();
      if (timer !== null) clearTimeout(timer);
      for (const each of [...current, ...retired]) close(each);
    },
  };
}
