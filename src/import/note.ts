import { hiddenHash, withoutSecrets } from '../haproxy-syntax/secrets.ts';

/** A note on the imported file; `line` counts from 1. */
export interface Note {
  readonly line: number;
  /** `left-out`: it is not in the result. `fault`: it is, with a comment about its fault. */
  readonly kind: 'left-out' | 'fault';
  /** The subject: a line or section. Empty for a fault. */
  readonly what: string;
  readonly text: string;
  readonly hint: string;
}

/** A collector of notes. */
export interface Notes {
  readonly leftOut: (line: number, what: string, why: string, hint: string) => void;
  readonly fault: (line: number, text: string) => void;
  readonly all: () => readonly Note[];
}

/** Opens a collector without notes. */
export function emptyNotes(): Notes {
  const notes: Note[] = [];
  const faults = new Set<string>();
  return {
    leftOut: (line, what, text, hint) => void notes.push({ line, kind: 'left-out', what, text, hint }),
    fault: (line, text) => {
      const key = `${line} ${text}`;
      if (!faults.has(key)) notes.push({ line, kind: 'fault', what: '', text, hint: '' });
      faults.add(key);
    },
    all: () => [...notes].sort((a, b) => a.line - b.line),
  };
}

const password = /\b((?:insecure-)?password|stats\s+auth)(\s+)\S.*/g;

/** A line or comment without its passwords and hashes. The rest of the line after `password` is removed, because a quote may be open there. */
export function withoutPasswords(text: string): string {
  return withoutSecrets(text).replace(password, `$1$2${hiddenHash}`);
}

/** A line for messages, cut where it is long. */
export function quotedLine(text: string): string {
  const shown = withoutPasswords(text);
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 57)}...` : shown);
}

/** The remedy for sections that podfront.yaml cannot express. */
export const elsewhere = 'keep it in a file of its own, and name that under haproxy.with, so that HAProxy loads and checks both';
