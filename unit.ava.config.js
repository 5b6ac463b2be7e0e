import usual from './ava.config.js';

// For npm run unit.
// biome-ignore lint/style/noDefaultExport: ava asks for a default export
export default { ...usual, files: ['test/support/unit/*.unit.ts'] };
