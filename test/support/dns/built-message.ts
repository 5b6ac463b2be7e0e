import { recordType } from '../../../src/dns/message/read-message.ts';
import { oneOf, type Random } from './random.ts';
import type { Exchange } from './recorded-exchange.ts';

/** What building needs to know. */
interface Builder {
  readonly random: Random;
  /** One part of so many is wrong. */
  readonly wrongOneIn: number;
  /** Where names were written: targets of pointers. */
  readonly names: number[];
}

/**
 * A response to the exchange's query that is built record by record, from parts that are right or wrong on purpose: chains of pointers up
 * to the size of a message, pointers that go forward, in circles or into RDATA, names of 255 bytes and more, counts and lengths that do
 * not match, types in sections where they do not belong. Some messages are right in all.
 */
export function built({ message, query }: Exchange, random: Random): Buffer {
  const it: Builder = { random, wrongOneIn: oneOf(random, [5, 50, 500]), names: [12] };
  const head = Buffer.from(message.subarray(0, query.end));
  head[2] = oneOf(random, [0x84, 0x84, 0x80, isWrong(it) ? 0x86 : 0x84]);
  head[3] = oneOf(random, [0, 0, 0, 3, isWrong(it) ? 2 : 0]);
  const parts: Buffer[] = [head];
  let at = head.length;
  const add = (part: Buffer): void => {
    parts.push(part);
    at += part.length;
  };
  const type = recordType[query.question.type];
  for (let section = 0; section < 3; section++) {
    const count = oneOf(random, [0, 0, 1, 1, 2, 5]);
    for (let i = 0; i < count; i++) add(record(it, at, section === 0 && !isWrong(it) ? type : anyType(random), section === 0));
    head.writeUInt16BE(isWrong(it) ? oneOf(random, [0, 1, 7, 65_535]) : count, 6 + 2 * section);
  }
  if (isWrong(it)) add(Buffer.alloc(1 + random(20), random(256)));
  return Buffer.concat(parts);
}

function isWrong({ random, wrongOneIn }: Builder): boolean {
  return random(wrongOneIn) === 0;
}

function record(it: Builder, at: number, type: number, isAnswer: boolean): Buffer {
  const { random } = it;
  const owner = isAnswer && !isWrong(it) ? pointer(12) : name(it, at);
  const data = rdata(it, type, at + owner.length + 10);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(isWrong(it) ? oneOf(random, [3, 255]) : 1, 2);
  fixed.writeUInt32BE(oneOf(random, [0, 5, 30, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]), 4);
  fixed.writeUInt16BE(isWrong(it) ? oneOf(random, [0, data.length + 1, Math.max(0, data.length - 1), 65_535]) : data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

function rdata(it: Builder, type: number, at: number): Buffer {
  const { random } = it;
  switch (type) {
    case recordType.A:
      return Buffer.from([isWrong(it) ? oneOf(random, [0, 224, 255]) : 10, 1, random(3), 1 + random(250)].slice(0, isWrong(it) ? 3 : 4));
    case recordType.AAAA:
      return Buffer.from([isWrong(it) ? oneOf(random, [0, 0xff]) : 0xfd, ...Array.from({ length: 15 }, () => oneOf(random, [0, 0, 255]))]);
    case recordType.SRV:
      return Buffer.concat([Buffer.from([0, 0, 0, 1, random(3), isWrong(it) ? 0 : 80]), name(it, at + 6)]);
    case recordType.SOA: {
      const server = name(it, at);
      return Buffer.concat([server, name(it, at + server.length), Buffer.alloc(20, random(4))]);
    }
    case recordType.TXT:
      return Buffer.from([isWrong(it) ? oneOf(random, [0, 4, 255]) : 3, 0x31, 0x2e, 0x31]);
    case recordType.OPT:
      return Buffer.alloc(random(8));
    default:
      return name(it, at);
  }
}

/** A name to be written at `at`, right or wrong in one of the ways that names can be. */
function name(it: Builder, at: number): Buffer {
  const { random } = it;
  const earlier = pointer(it.names[random(it.names.length)] ?? 12);
  it.names.push(at);
  if (isWrong(it)) return wrongName(it, at, earlier);
  switch (random(4)) {
    case 0:
      return Buffer.concat([label(it, 1 + random(10)), earlier]);
    case 1:
      return Buffer.concat([label(it, 1 + random(5)), label(it, 1 + random(5)), Buffer.alloc(1)]);
    default:
      return earlier;
  }
}

function wrongName(it: Builder, at: number, earlier: Buffer): Buffer {
  const { random } = it;
  switch (random(7)) {
    case 0:
      return pointer(at);
    case 1:
      return pointer(at + 2 + random(300));
    case 2:
      return pointer(random(at));
    case 3:
      return pointerChain(it, at, 1 + random(80));
    case 4:
      // Few messages are long: a chain of thousands of pointers must be no more than malformed.
      return pointerChain(it, at, random(100) === 0 ? 1 + random(7000) : 65);
    case 5: {
      // Around the longest name there may be: 255 bytes.
      const labels = [63, 63, 63, 59 + random(4)].map((length) => label(it, length));
      return Buffer.concat([...labels, random(2) === 0 ? earlier : Buffer.alloc(1)]);
    }
    default:
      return Buffer.from([oneOf(random, [64, 128, 191, 255]), random(256)]);
  }
}

function label(it: Builder, length: number): Buffer {
  const { random } = it;
  const letters = Buffer.from(
    Array.from({ length }, (_, i) => oneOf(random, [0x61, 0x62, 0x7a, 0x30, i > 0 && i < length - 1 ? 0x2d : 0x39])),
  );
  letters[0] = 0x61;
  if (isWrong(it)) letters[random(length)] = random(256);
  return Buffer.concat([Buffer.from([length]), letters]);
}

/** Pointers that each lead to the one before; the first leads to the question. The last one is where names may point to. */
function pointerChain({ names }: Builder, at: number, count: number): Buffer {
  const last = at + 2 * (count - 1);
  names.push(last);
  return Buffer.concat(Array.from({ length: count }, (_, i) => pointer(i === 0 ? 12 : at + 2 * (i - 1))));
}

function pointer(target: number): Buffer {
  return Buffer.from([0xc0 | ((target >> 8) & 0x3f), target & 0xff]);
}

function anyType(random: Random): number {
  return oneOf(random, [1, 2, 5, 6, 16, 28, 33, 41, 46, 39, 0, 65_535]);
}
