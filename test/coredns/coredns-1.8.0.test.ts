import { coreDnsSuite } from './suite.ts';

coreDnsSuite('1.8.0', true);
