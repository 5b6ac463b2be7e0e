// Writes the pages of docs/ that are generated from the code: node --import tsx scripts/docs.ts
import { writeFileSync } from 'node:fs';
import { generatedPages } from './docs/pages.ts';

for (const [file, page] of Object.entries(generatedPages())) writeFileSync(new URL(`../docs/${file}`, import.meta.url), page);
