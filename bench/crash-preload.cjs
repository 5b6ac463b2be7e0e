// Loaded into podfront (node --require): kills it with SIGKILL at one of its steps on the output's folder. CRASH_STEP counts from 1,
// CRASH_WHEN is before, after, or half: of what is written only the first half arrives. With CRASH_MS it is killed after that time
// instead. Each step taken is noted in the file CRASH_NOTES.
const { appendFileSync } = require('node:fs');
const promises = require('node:fs/promises');

const {
  CRASH_FOLDER: folder = '/nonexistent',
  CRASH_STEP: step = '0',
  CRASH_WHEN: when = 'before',
  CRASH_NOTES: notes,
  CRASH_MS: ms,
} = process.env;
const die = () => process.kill(process.pid, 'SIGKILL');
let count = 0;

function stepped(name, path, work, half) {
  count++;
  if (notes) appendFileSync(notes, `${count} ${name} ${path}\n`);
  if (String(count) !== step) return work();
  if (when === 'before') return die();
  if (when === 'half' && half !== undefined) return half().then(die);
  return work().then(die);
}

const within = (path) => typeof path === 'string' && path.startsWith(folder);
for (const name of ['rename', 'link', 'unlink', 'rm']) {
  const real = promises[name];
  promises[name] = (...args) => (within(args[0]) ? stepped(name, args[0], () => real(...args)) : real(...args));
}
const open = promises.open;
promises.open = async (path, ...args) => {
  if (!within(path)) return open(path, ...args);
  const handle = await stepped('open', path, () => open(path, ...args));
  for (const name of ['writeFile', 'sync', 'chmod', 'chown']) {
    const real = handle[name].bind(handle);
    const half = name === 'writeFile' ? (text) => real(text.slice(0, text.length / 2)) : undefined;
    handle[name] = (...given) => stepped(name, path, () => real(...given), half && (() => half(...given)));
  }
  return handle;
};
if (ms !== undefined) setTimeout(die, Number(ms));
