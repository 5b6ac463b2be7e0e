import { hiddenImports, importsOf, type Tree } from './imports.ts';

/** The floors of src/, the lowest first, by the names of the folders and files directly in it. A folder imports only from lower floors. */
export const floors: readonly (readonly string[])[] = [
  ['problem', 'ip'],
  ['haproxy-syntax', 'system', 'terminal'],
  ['config', 'context.ts'],
  ['dns', 'status', 'networks', 'import'],
  ['source'],
  ['haproxy', 'load-balancer'],
  ['plan', 'access'],
  ['daemon', 'doctor'],
  ['commands'],
  ['cli'],
  ['main.ts'],
];

/** The imports of src/ that do not lead to a lower floor, or whose target cannot be read, and the files that are on no floor; a sentence each. */
export function floorFaults(tree: Tree): readonly string[] {
  const floorOf = (path: string) => floors.findIndex((names) => names.includes(path.split('/')[1] ?? ''));
  const homeless = [...tree.keys()].filter((file) => floorOf(file) < 0).map((file) => `${file} is on no floor`);
  const upward = importsOf(tree).filter(
    ({ from, to }) => isPath(to) && !sameFolder(from, to) && (!inSrc(to) || floorOf(to) >= floorOf(from)),
  );
  return [...homeless, ...hiddenImports(tree), ...upward.map(({ from, to }) => `${from} imports ${to}, which is on no lower floor`)];
}

/** Circles of files, and of the children (files and folders) of any folder; a sentence each. */
export function circles(tree: Tree): readonly string[] {
  const imports = importsOf(tree).filter(({ to }) => isPath(to));
  const files = strongComponents(imports.map(({ from, to }) => [from, to]));
  const edges = new Map<string, [string, string][]>();
  for (const { from, to } of imports) {
    const [parent, one, other] = parting(from, to);
    if (one !== undefined && other !== undefined) edges.set(parent, [...(edges.get(parent) ?? []), [one, other]]);
  }
  const children = [...edges].flatMap(([parent, pairs]) => strongComponents(pairs).map((names) => `in ${parent}: ${names.join(', ')}`));
  return [...files.map((names) => `of files: ${names.join(', ')}`), ...children].map((circle) => `a circle ${circle}`);
}

function isPath(to: string): boolean {
  return to.endsWith('.ts') || to.includes('../');
}

function inSrc(path: string): boolean {
  return path.startsWith('src/');
}

function sameFolder(from: string, to: string): boolean {
  return from.split('/')[1] === to.split('/')[1];
}

/** The folder down to which two paths are one, and the child of it that each goes on by. */
function parting(from: string, to: string): readonly [string, string | undefined, string | undefined] {
  const [a, b] = [from.split('/'), to.split('/')];
  let depth = 0;
  while (depth < a.length && a[depth] === b[depth]) depth++;
  return [a.slice(0, depth).join('/'), a[depth], b[depth]];
}

/** The sets of more than one node that all reach each other. */
function strongComponents(edges: readonly (readonly [string, string])[]): readonly (readonly string[])[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const reaches = (start: string): ReadonlySet<string> => {
    const found = new Set<string>();
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const to of next.get(at) ?? [])
        if (!found.has(to)) {
          found.add(to);
          open.push(to);
        }
    return found;
  };
  const reached = new Map([...next.keys()].map((node) => [node, reaches(node)]));
  const seen = new Set<string>();
  return [...next.keys()].sort().flatMap((node) => {
    if (seen.has(node) || !reached.get(node)?.has(node)) return [];
    const circle = [...next.keys()].filter((other) => reached.get(node)?.has(other) && reached.get(other)?.has(node)).sort();
    for (const one of circle) seen.add(one);
    return [circle];
  });
}
