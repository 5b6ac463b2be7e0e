// Builds the CoreDNS versions the tests run, where there is a Go toolchain, so that no test waits for a compiler.
import { register } from 'tsx/esm/api';

register();
await import('../test/support/coredns/build.ts');
