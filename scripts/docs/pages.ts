import { configurationPage, schemaFile } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { manualPage } from './manual.ts';
import { metricsPage } from './metrics.ts';
import { templatesPage } from './templates.ts';

/** Every generated page of docs/ by file name; a test holds the files to it. */
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
