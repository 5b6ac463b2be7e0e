// ava 7 with tsx on Node 20 needs processes: a loader does not reach its worker threads.
// biome-ignore lint/style/noDefaultExport: ava asks for a default export
export default {
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  timeout: '3m',
};
