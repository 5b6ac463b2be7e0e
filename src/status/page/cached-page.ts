import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../system/clock.ts';
import { emptyHistory, recordStatus } from '../history.ts';
import type { Status } from '../status.ts';
import { emptyPage, type PageAssets, statusPage } from './page.ts';

/** The status page with the history it shows. */
export interface Page {
  /** Adds a status to the history; call it on every change, and at least every ten seconds. */
  readonly record: (status: Status) => void;
  /** The document; null: the daemon is stuck. It is rendered at most once a second, and takes at most a tenth of the time. */
  readonly text: (status: Status | null) => string;
  /** The security headers to send with the document. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A document is used for this time in milliseconds, and for at least ten times as long as rendering it took. */
const lifetime = 1_000;
const share = 10;

/** Opens the page; style and script come from the folder `page` of the package. */
export function openPage(root: string, clock: Clock): Page {
  const style = readFileSync(`${root}page/page.css`, 'utf8');
  const script = readFileSync(`${root}page/page.js`, 'utf8');
  const assets: PageAssets = { style, script, build: hash(style + script) };
  let history = emptyHistory;
  let cached: { readonly until: number; readonly empty: boolean; readonly text: string } | null = null;
  return {
    record(status) {
      history = recordStatus(history, status.listens, clock.now());
    },
    text(status) {
      const now = clock.now();
      const empty = status === null;
      if (cached === null || cached.empty !== empty || now >= cached.until) {
        const text = empty ? emptyPage(assets, now) : statusPage(status, history, assets, now);
        cached = { until: now + Math.max(lifetime, share * (clock.now() - now)), empty, text };
      }
      return cached.text;
    },
    headers: {
      'content-security-policy': policy(style, script),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    },
  };
}

/** The Content Security Policy (Level 3): only the page's own style and script, and requests to its own origin. */
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
