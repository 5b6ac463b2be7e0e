// npm run fuzz [COUNT [SEED]]: a tenth as many events of a Kubernetes watch, then DNS messages, against everything that reads them; of the messages half of them recorded ones that were mutated, half built
// from parts that are right or wrong on purpose. Ends with status 1 at the first that gets through, and prints it.
import { argv, exit, stdout } from 'node:process';
import { built } from '../test/support/dns/built-message.ts';
import { checkedResponse } from '../test/support/dns/checked-response.ts';
import { mutated } from '../test/support/dns/mutated-message.ts';
import { randomFrom } from '../test/support/dns/random.ts';
import { recordedExchanges } from '../test/support/dns/recorded-exchange.ts';
import { fuzzWatch } from '../test/support/kubernetes/fuzz.ts';

const count = Number(argv[2] ?? 1_000_000);
const seed = Number(argv[3] ?? Date.now() % 2 ** 32);
const exchanges = recordedExchanges();
const random = randomFrom(seed);
const counts: Record<string, number> = {};

try {
  stdout.write(`${JSON.stringify(fuzzWatch(Math.ceil(count / 10), random))} events of a watch\n`);
} catch (error) {
  stdout.write(`seed ${seed}: ${String(error)}\n`);
  exit(1);
}
stdout.write(`${count} messages from ${exchanges.length} exchanges, seed ${seed}\n`);
for (let i = 0; i < count; i++) {
  const exchange = exchanges[random(exchanges.length)];
  const other = exchanges[random(exchanges.length)];
  if (exchange === undefined || other === undefined) break;
  const way = i % 2 === 0 ? 'mutated' : 'built';
  const bytes = way === 'mutated' ? mutated(exchange.response, other.response, random) : built(exchange, random);
  try {
    const key = `${way}, ${checkedResponse(exchange, bytes).kind}`;
    counts[key] = (counts[key] ?? 0) + 1;
  } catch (error) {
    const { type, name } = exchange.query.question;
    stdout.write(`message ${i} (${way}) to ${type} ${name}: ${String(error)}\n${bytes.toString('hex')}\n`);
    exit(1);
  }
}
for (const [kind, times] of Object.entries(counts).sort()) stdout.write(`${kind}: ${times}\n`);
