const markup: unique symbol = Symbol('markup');

/** Markup that is safe to send. Only `html` and `inline` make it, so text from elsewhere cannot pass for it. */
export interface Html {
  readonly [markup]: string;
}

/** What can stand in a template: text is escaped, markup and lists of it are taken as they are, null is nothing. */
export type HtmlPart = Html | string | number | null | readonly HtmlPart[];

/** Markup from a template. Values may stand between tags and inside quoted attributes, and are escaped for both. */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { [markup]: texts.map((text, i) => (i === 0 ? text : written(parts[i - 1] ?? null) + text)).join('') };
}

/** A whole style or script of our own, which HTML does not let escape; it must not hold `</`. */
export function inlineElement(element: 'style' | 'script', text: string): Html {
  return { [markup]: `<${element}>${text}</${element}>` };
}

/** The markup as text. */
export function markupOf(html: Html): string {
  return html[markup];
}

/**
 * Text for HTML: its five special characters as references (HTML 13.1.4), and what would be unseen or would turn the
 * reading direction (control characters, the bidirectional ones of UAX 9) shown as an escape.
 */
export function escapeHtml(text: string): string {
  return plainly(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The text as the page shows it. */
export function plainly(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to make visible
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, codeOf);
}

function codeOf(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function written(part: HtmlPart): string {
  if (part === null) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return isList(part) ? part.map(written).join('') : part[markup];
}

function isList(part: Html | readonly HtmlPart[]): part is readonly HtmlPart[] {
  return Array.isArray(part);
}
