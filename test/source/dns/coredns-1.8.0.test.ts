import { coreDnsSuite } from '../../support/coredns/suite.ts';

coreDnsSuite('1.8.0', true);
