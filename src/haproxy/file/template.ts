import Mustache from 'mustache';
import { isWord } from '../../haproxy-syntax/word.ts';
import { problem } from '../../problem/problem.ts';
import type { TemplateShape } from './template-shape.ts';

/** The data of a template. Every field of its shape is present, if only as null. The elements of a list may be functions that are called when they are rendered. */
export type Data = string | boolean | null | readonly Data[] | { readonly [name: string]: Data } | (() => Data);

/** The template files by part name, `server` for `server.mustache`. */
export type Parts = ReadonlyMap<string, string>;

/** A scope while compiling: the shape of the innermost object or element, and the scopes around it. */
type Scope = readonly TemplateShape[];
/** Renders on a stack of scopes, which sections push onto and pop again. */
type Render = (stack: Data[]) => string;
type Token = ReturnType<typeof Mustache.parse>[number];

/**
 * Compiles mustache templates against the shape of their data. mustache itself escapes for HTML, renders a missing name as
 * nothing and finds names on prototypes; here a name that the shape does not have is refused when the template is read, and
 * a value that HAProxy would not take as one word is refused when it is rendered.
 *
 * @throws Problem `template.*` when a template is at fault, `render.not-one-word` (while rendering) when a value is
 */
export function compile(entry: string, parts: Parts, shape: TemplateShape): (data: Data) => string {
  const render = compilePart(entry, '', [shape], { parts, open: [], around: [] });
  return (data) => render([data]);
}

interface Sources {
  readonly parts: Parts;
  /** Parts being compiled, outermost first: a part may not include itself. */
  readonly open: readonly string[];
  /** Functions for the data that an element of an outermost list uses from outer scopes. */
  readonly around: Found['get'][];
}

function compilePart(name: string, indent: string, scope: Scope, sources: Sources): Render {
  const { parts, open } = sources;
  const text = parts.get(name);
  if (text === undefined)
    throw problem('template.missing-part', { template: open.at(-1) ?? name, name, known: [...parts.keys()].join(', ') });
  if (open.includes(name))
    throw problem('template.syntax', { template: name, why: `it includes itself by way of ${[...open, name].join(' > ')}` });
  return compileTokens(parse(name, indented(text, indent)), scope, { ...sources, open: [...open, name] });
}

function parse(name: string, text: string): readonly Token[] {
  try {
    return Mustache.parse(text);
  } catch (error) {
    throw problem('template.syntax', { template: name, why: error instanceof Error ? error.message : String(error) });
  }
}

/** A partial with each line indented, as the specification requires where its tag is alone on a line. */
function indented(text: string, indent: string): string {
  return indent === '' ? text : text.replace(/^(?=.)/gm, indent);
}

function compileTokens(tokens: readonly Token[], scope: Scope, sources: Sources): Render {
  const steps = tokens.map((token) => compileToken(token, scope, sources));
  const [only] = steps;
  if (only !== undefined && steps.length === 1) return only;
  // Joined rather than concatenated: a string of a million concatenations is slow to flatten.
  return (stack) => steps.map((step) => step(stack)).join('');
}

function compileToken(token: Token, scope: Scope, sources: Sources): Render {
  const [type, name] = token;
  const template = sources.open.at(-1) ?? '';
  switch (type) {
    case 'text':
      return () => name;
    case '!':
    case '=':
      return () => '';
    case '>':
      return compilePart(name, String(token[4] ?? ''), scope, sources);
    case '#':
    case '^': {
      const found = find(name, scope, sources);
      return type === '#' ? section(token, found, scope, sources) : inverted(token, found, scope, sources);
    }
    case 'name':
    case '&':
      return value(type, name, find(name, scope, sources), template);
    default:
      throw problem('template.syntax', { template, why: `unknown tag ${type}` });
  }
}

interface Found {
  readonly shape: TemplateShape;
  readonly get: (stack: readonly Data[]) => Data;
}

/** Looks up a name in the declared scopes, and never on a prototype. */
function find(name: string, scope: Scope, { open, around }: Sources): Found {
  const depth = scope.length - 1;
  const innermost = scope[depth];
  if (name === '.' && innermost !== undefined && innermost.kind !== 'object')
    return { shape: innermost, get: (stack) => stack[depth] ?? null };
  for (let at = depth; at >= 0; at--) {
    const shape = scope[at];
    if (shape?.kind !== 'object' || !Object.hasOwn(shape.fields, name)) continue;
    const field = shape.fields[name];
    if (field === undefined) continue;
    const get = (stack: readonly Data[]) => (stack[at] as { readonly [name: string]: Data })[name] ?? null;
    if (at === 0) around.push(get);
    return { shape: field, get };
  }
  throw problem('template.missing-name', { template: open.at(-1) ?? '', name });
}

function value(type: string, name: string, { shape, get }: Found, template: string): Render {
  const of = shape.kind === 'maybe' ? shape.of : shape;
  const where = `${name} of template ${template}`;
  const wrong = (want: string) => problem('template.wrong-tag', { template, name, want });
  switch (of.kind) {
    case 'word':
    case 'words': {
      if (type === '&') throw wrong(`{{${name}}}`);
      const good = of.kind === 'word' ? isWord : areWords;
      return (stack) => {
        const text = get(stack);
        if (typeof text !== 'string' || !good(text)) throw problem('render.not-one-word', { got: JSON.stringify(text), where });
        return text;
      };
    }
    case 'line':
      if (type === 'name') throw wrong(`{{{${name}}}}`);
      return (stack) => {
        const text = get(stack);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: a line holds none of them
        if (typeof text !== 'string' || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
          throw problem('render.not-one-line', { got: JSON.stringify(text), where });
        return text;
      };
    case 'flag':
    case 'list':
    case 'object':
    case 'maybe':
      throw wrong(`{{#${name}}}...{{/${name}}}`);
    default:
      return of satisfies never;
  }
}

function areWords(text: string): boolean {
  return text.split(' ').every(isWord);
}

function section(token: Token, { shape, get }: Found, scope: Scope, sources: Sources): Render {
  const children = token[4] as readonly Token[];
  switch (shape.kind) {
    case 'flag': {
      const body = compileTokens(children, scope, sources);
      return (stack) => (get(stack) === true ? body(stack) : '');
    }
    case 'list': {
      const around: Found['get'][] = [];
      const outermost = scope.length === 1;
      const body = compileTokens(children, [...scope, shape.of], outermost ? { ...sources, around } : sources);
      const each = outermost ? eachOnce(body, around) : eachOf(body);
      return (stack) => each(stack, (get(stack) ?? []) as readonly Data[]).join('');
    }
    case 'maybe':
    case 'object':
    case 'word':
    case 'words':
    case 'line': {
      const body = compileTokens(children, [...scope, shape.kind === 'maybe' ? shape.of : shape], sources);
      return (stack) => {
        const value = get(stack);
        return value === null ? '' : within(stack, value, body);
      };
    }
    default:
      return shape satisfies never;
  }
}

type RenderEach = (stack: Data[], elements: readonly Data[]) => readonly string[];

function eachOf(body: Render): RenderEach {
  return (stack, elements) => elements.map((element) => within(stack, element, body));
}

/** Like `eachOf` for an outermost list, such as the listens: an element of the last rendering is rendered again only if the data around it has changed. */
function eachOnce(body: Render, around: readonly Found['get'][]): RenderEach {
  let last: { readonly around: readonly Data[]; readonly texts: ReadonlyMap<Data, string> } = { around: [], texts: new Map() };
  return (stack, elements) => {
    const now = around.map((get) => get(stack));
    const known = now.every((data, i) => data === last.around[i]) ? last.texts : new Map<Data, string>();
    const texts = elements.map((element) => known.get(element) ?? within(stack, element, body));
    last = { around: now, texts: new Map(elements.map((element, i) => [element, texts[i] ?? ''])) };
    return texts;
  };
}

function within(stack: Data[], inner: Data, body: Render): string {
  stack.push(typeof inner === 'function' ? inner() : inner);
  const out = body(stack);
  stack.pop();
  return out;
}

function inverted(token: Token, { get }: Found, scope: Scope, sources: Sources): Render {
  const body = compileTokens(token[4] as readonly Token[], scope, sources);
  return (stack) => {
    const data = get(stack);
    return data === null || data === false || (Array.isArray(data) && data.length === 0) ? body(stack) : '';
  };
}
