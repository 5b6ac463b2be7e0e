import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../system/clock.ts';
import { emptyHistory, recordStatus } from '../history.ts';
import type { Status } from '../status.ts';
import { emptyPage, type PageAssets, statusPage } from './page.ts';

/** The status page and the hour it shows. */
export interface Page {
  /** Takes a status into the history; call it as often as anything may have changed, at least every ten seconds. */
  readonly record: (status: Status) => void;
  /** The document; null stands for a daemon without a status. Made at most once a second, and in a tenth of the time, however many ask. */
  readonly text: (status: Status | null) => string;
  /** Headers to send with the document: what a browser may do with it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A document is made anew after this time in milliseconds, and not before ten times as long as it took to make passed. */
const lifetime = 1_000;
const share = 10;

/** Opens the page; style and script are read from the package's folder `page`. */
export function openPage(root: string, clock: Clock): Page {
  const style = readFileSync(`${root}page/page.css`, 'utf8');
  const script = readFileSync(`${root}page/page.js`, 'utf8');
  const assets: PageAssets = { style, script, build: hash(style + script) };
  let history = emptyHistory;
  let made: { readonly until: number; readonly empty: boolean; readonly text: string } | null = null;
  return {
    record(status) {
      history = recordStatus(history, status.listens, clock.now());
    },
    text(status) {
      const now = clock.now();
      const empty = status === null;
      if (made === null || made.empty !== empty || now >= made.until) {
        const text = empty ? emptyPage(assets, now) : statusPage(status, history, assets, now);
        made = { until: now + Math.max(lifetime, share * (clock.now() - now)), empty, text };
      }
      return made.text;
    },
    headers: {
      'content-security-policy': policy(style, script),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    },
  };
}

/** Content Security Policy Level 3: nothing but the page's own style and script, and requests to where it came from. */
function policy(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src '${hash(style)}'`,
    `script-src '${hash(script)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
