import { Composer, type CST, type Document, Lexer, type LineCounter, Parser, type YAMLError } from 'yaml';

/** A fault of the text as YAML, at an offset. */
export interface YamlFault {
  readonly offset: number;
  readonly what: string;
  readonly hint: string;
}

/** The deepest nesting that is accepted. It is checked before nodes are composed, because the yaml package recurses, and hostile input could exhaust the stack. */
export const maxDepth = 40;

/** The most faults that are reported. */
const maxFaults = 50;

const tooDeep = { what: 'the document is nested too deeply', hint: 'podfront.yaml needs only a few levels' };

/** Parses one YAML 1.2 document, core schema, without merge keys. The nodes are valid only when there are no faults. */
export function readYaml(
  text: string,
  lines: LineCounter,
): { readonly document: Document.Parsed | null; readonly faults: readonly YamlFault[] } {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > maxDepth + 2) return { document: null, faults: [{ offset: parser.offset, ...tooDeep }] };
  }
  for (const token of parser.end()) tokens.push(token);

  // Duplicate keys are found in source.ts: the package compares keys in quadratic time.
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return { document: null, faults: [] };
  if (second !== undefined) {
    const hint = 'remove the --- line: a configuration is one document';
    return { document, faults: [{ offset: second.range[0], what: 'there is more than one document in the file', hint }] };
  }
  return { document, faults: [...wrongVersion(document), ...faultsOf(document)] };
}

function wrongVersion({ directives }: Document.Parsed): readonly YamlFault[] {
  if (directives?.yaml.explicit !== true || directives.yaml.version === '1.2') return [];
  const what = `the document says it is YAML ${directives.yaml.version}`;
  return [{ offset: 0, what, hint: 'remove the %YAML line; the file is read as YAML 1.2' }];
}

/** One fault for each place: further faults at the same place follow from the first. */
function faultsOf({ errors, warnings }: Document.Parsed): readonly YamlFault[] {
  const byOffset = new Map<number, YamlFault>();
  for (const error of [...errors, ...warnings]) {
    const [offset] = error.pos;
    if (byOffset.size < maxFaults && !byOffset.has(offset)) byOffset.set(offset, { offset, what: messageOf(error), hint: hintFor(error) });
  }
  return [...byOffset.values()];
}

function messageOf(error: YAMLError): string {
  const first = (error.message.split('\n')[0] ?? '').replace(/[.:]$/, '');
  return `this is not YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
}

function hintFor(error: YAMLError): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces: YAML allows no tabs there';
    case 'TAG_RESOLVE_FAILED':
      return 'write plain values: podfront.yaml needs no ! tags';
    default:
      return 'check this line and the one before it: indentation, a missing colon, an unclosed quote or bracket';
  }
}
