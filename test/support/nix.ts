import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The path of a file of examples/nixos. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/nixos/${name}`, import.meta.url));
}

/** A value as Nix reads it. */
export function asNix(value: unknown): string {
  return `(builtins.fromJSON ${JSON.stringify(JSON.stringify(value)).replaceAll('${', '\\${')})`;
}

/** Evaluates a Nix expression; the store is not touched. Throws what Nix says against it. */
export function evaluate(expression: string): unknown {
  const { status, stdout, stderr } = spawnSync('nix-instantiate', ['--eval', '--strict', '--json', '--expr', expression], {
    encoding: 'utf8',
    env: { ...process.env, NIX_REMOTE: 'dummy://' },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
