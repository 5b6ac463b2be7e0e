import { coreDnsSuite } from '../../support/coredns/suite.ts';

coreDnsSuite('1.15.0', false);
