import { coreDnsSuite } from './suite.ts';

coreDnsSuite('1.15.0', false);
