// npm run fuzz [COUNT [SEED]]: mutated DNS messages against everything that reads them. Ends with 1 at the first that gets through.
import { argv, exit, stdout } from 'node:process';
import { dice, judged, mutated, seeds } from '../test/support/dns/mutate.ts';

const count = Number(argv[2] ?? 1_000_000);
const seed = Number(argv[3] ?? Date.now() % 2 ** 32);
const all = seeds();
const roll = dice(seed);
const seen: Record<string, number> = {};

stdout.write(`${count} messages from ${all.length} exchanges, seed ${seed}\n`);
for (let i = 0; i < count; i++) {
  const one = all[roll(all.length)];
  const other = all[roll(all.length)];
  if (one === undefined || other === undefined) break;
  const bytes = mutated(one.response, other.response, roll);
  try {
    const kind = judged(one, bytes)?.kind ?? 'dropped';
    seen[kind] = (seen[kind] ?? 0) + 1;
  } catch (error) {
    stdout.write(`message ${i} to ${one.query.question.type} ${one.query.question.name}: ${String(error)}\n${bytes.toString('hex')}\n`);
    exit(1);
  }
}
for (const [kind, times] of Object.entries(seen)) stdout.write(`${kind}: ${times}\n`);
