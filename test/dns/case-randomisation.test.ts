import test from 'ava';
import { type CaseSupport, noteEcho } from '../../src/dns/case-randomisation.ts';

const unknown: CaseSupport = { kind: 'unknown', echoes: 0 };

/** What is known after these responses: `=` in the case of its query, `x` in another. */
function after(responses: string, before: CaseSupport = unknown): CaseSupport {
  return [...responses].reduce((known: CaseSupport, one) => noteEcho(known, one === '='), before);
}

for (const [responses, kind] of [
  ['', 'unknown'],
  ['===', 'unknown'],
  ['====', 'random'],
  ['=====', 'random'],
  ['x', 'lower'],
  ['===x', 'lower'],
  ['====x', 'lower'],
  ['x====', 'lower'],
] as const)
  test(`after "${responses}" letters are ${kind}`, (t) => {
    t.is(after(responses).kind, kind);
  });
