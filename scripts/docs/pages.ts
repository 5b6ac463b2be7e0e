import { configurationPage, schemaFile } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { manualPage } from './manual.ts';
import { metricsPage } from './metrics.ts';
import { templatesPage } from './templates.ts';

/** The generated pages of docs/ by file name; a test compares the files with them. */
export function generatedPages(): Readonly<Record<string, string>> {
  return {
    '../man/podfront.1': manualPage(),
    '../podfront.schema.json': schemaFile(),
    'configuration.md': configurationPage(),
    'errors.md': errorsPage(),
    'metrics.md': metricsPage(),
    'templates.md': templatesPage(),
  };
}
