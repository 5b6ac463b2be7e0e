import { connect, type Socket } from 'node:net';
import type { Nameserver } from '../config/config.ts';
import { type Channel, freeId, type OnUnmatched, type Request } from './channel.ts';
import { splitFrames } from './tcp-framing.ts';

/** CoreDNS closes a connection after 128 queries (miekg/dns, MaxTCPQueries); a new one is opened before that. */
const requestsEach = 120;

/** The most connections at a time, including those that only wait for their last answers. */
const maxConnections = 4;

/** Milliseconds without a message after which a connection is not used again once a request on it was given up. */
const silence = 1000;

/** A request in the queue, or on a connection. */
interface Entry {
  readonly request: Request;
  /** Null while it is in the queue. */
  connection: Connection | null;
  id: number;
}

interface Connection {
  readonly socket: Socket;
  /** Requests without an answer, by id. */
  readonly waiting: Map<number, Entry>;
  requests: number;
  /** Messages that answered no request. */
  unwanted: number;
  /** The time of the last message, on performance.now()'s clock. */
  heardAt: number;
  /** Messages of this turn of the event loop, which are written together. */
  unwritten: Buffer[];
  /** Whether the socket's buffer is full. */
  full: boolean;
}

/**
 * Opens a channel to one server over TCP: connections are kept, requests pipelined, answers taken in any order (RFC 7766,
 * section 6.2). Connections are opened when they are needed, and do not keep the process alive.
 *
 * @param idle milliseconds after which a connection without requests is closed
 */
export function openTcp({ address, port }: Nameserver, onUnmatched: OnUnmatched, idle: number): Channel {
  const queue = new Set<Entry>();
  const open = new Set<Connection>();
  /** The connection that takes new requests. */
  let current: Connection | null = null;

  function openConnection(): Connection {
    const socket = connect({ host: address.text, port, family: address.family, noDelay: true });
    const heardAt = performance.now();
    const opened: Connection = { socket, waiting: new Map(), requests: 0, unwanted: 0, heardAt, unwritten: [], full: false };
    open.add(opened);
    socket.unref();
    socket.on(
      'data',
      splitFrames((message) => receive(opened, message)),
    );
    socket.on('drain', () => {
      opened.full = false;
      sendQueued();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => close(opened, error.code ?? error.message));
    socket.on('close', () => close(opened, 'the server closed the connection'));
    socket.setTimeout(idle, () => {
      if (opened.waiting.size === 0) close(opened, 'idle');
    });
    return opened;
  }

  function receive(from: Connection, message: Buffer): void {
    if (!open.has(from)) return;
    from.heardAt = performance.now();
    const entry = message.length < 12 ? undefined : from.waiting.get(message.readUInt16BE(0));
    if (entry?.request.onMessage(message)) {
      remove(from, entry);
      sendQueued();
      return;
    }
    if (entry === undefined) onUnmatched(message.length < 12 ? 'short' : 'id');
    // There cannot be more late answers than requests that were given up.
    if (++from.unwanted > requestsEach) close(from, 'it sends messages that nobody asked for');
  }

  function remove(from: Connection, entry: Entry): void {
    from.waiting.delete(entry.id);
    closeIfDone(from);
  }

  /** A connection that takes no new requests is closed when its last answer is in. */
  function closeIfDone(connection: Connection): void {
    if (connection !== current && connection.waiting.size === 0) close(connection, 'done');
  }

  function close(old: Connection, why: string): void {
    if (!open.delete(old)) return;
    if (current === old) current = null;
    old.socket.destroy();
    const lost = [...old.waiting.values()];
    old.waiting.clear();
    for (const { request } of lost) request.onError(why);
    sendQueued();
  }

  /** The connection for the next request; null when it must wait for one. */
  function freeConnection(): Connection | null {
    if (current !== null && current.requests < requestsEach) return current.full ? null : current;
    if (open.size >= maxConnections) return null;
    const used = current;
    current = openConnection();
    if (used !== null) closeIfDone(used);
    return current;
  }

  function sendQueued(): void {
    for (const entry of queue) {
      const connection = freeConnection();
      if (connection === null) return;
      queue.delete(entry);
      transmit(connection, entry);
    }
  }

  function transmit(over: Connection, entry: Entry): void {
    entry.connection = over;
    entry.id = freeId(over.waiting);
    over.waiting.set(entry.id, entry);
    over.requests++;
    const message = entry.request.encode(entry.id);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    if (over.unwritten.length === 0) queueMicrotask(() => flush(over));
    over.unwritten.push(length, message);
    entry.request.onSent();
  }

  function flush(over: Connection): void {
    if (open.has(over)) over.full = !over.socket.write(Buffer.concat(over.unwritten));
    over.unwritten = [];
  }

  return {
    send(request) {
      const entry: Entry = { request, connection: null, id: -1 };
      queue.add(entry);
      sendQueued();
      return () => {
        queue.delete(entry);
        const { connection } = entry;
        if (connection?.waiting.get(entry.id) !== entry) return;
        // The connection may be dead, so the next request gets a new one.
        if (connection === current && performance.now() - connection.heardAt > silence) current = null;
        remove(connection, entry);
        sendQueued();
      };
    },
    close() {
      queue.clear();
      for (const each of open) {
        each.waiting.clear();
        close(each, 'closed');
      }
    },
  };
}
