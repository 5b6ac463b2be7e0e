import { declareUnitTests } from './choice.ts';

await declareUnitTests(0);
