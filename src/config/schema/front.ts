import * as z from 'zod/mini';
import { parseBind } from '../../haproxy-syntax/bind.ts';
import type { BasicAuth } from '../config.ts';
import { readAlpn, readGroup, readHostPattern } from '../values/front.ts';
import { readAbsolutePath, readPath } from '../values/haproxy.ts';
import { list, optional, parsedText, required } from './fields.ts';

/** A host name of a listen. */
export const host = parsedText('a host name such as app.example.org', readHostPattern);

/** A bind address with TLS; `alpn` is null where the mode decides. */
export const boundAddress = z.pipe(
  z.strictObject(
    {
      address: required('The bind address, as in a bind without TLS.', parsedText('an address such as 198.51.100.2:443', parseBind)),
      crt: optional(
        'Absolute path of a PEM file with certificate, chain and key, or of a folder of such files: HAProxy terminates TLS here.',
        parsedText('a path', readAbsolutePath),
        ['/etc/haproxy/certs/example.org.pem'],
      ),
      alpn: optional(
        'Protocols to offer by ALPN. Default: `[h2, http/1.1]` in mode `http`, none in mode `tcp`.',
        list('a list of protocols such as [h2, http/1.1]', parsedText('a protocol such as h2', readAlpn)),
        [['h2', 'http/1.1']],
      ),
    },
    { error: 'a mapping' },
  ),
  z.transform(({ address, crt, alpn }) => ({ ...address, tls: crt === null ? null : { crt, alpn } })),
);

/** `basicAuth`: HTTP basic authentication. */
export const basicAuth = z.pipe(
  z.strictObject(
    {
      file: required(
        'Users and password hashes, as htpasswd and mkpasswd write them: `user:hash`, or `user:hash:group,group`.',
        parsedText('a path', readPath),
      ),
      group: optional(
        'The group whose members have access. Default: every user of the file.',
        parsedText('the name of a group', readGroup),
        ['login'],
      ),
      groupFile: optional(
        'A file of the form of group(5) with the members of the group. Default: the third field in `file`.',
        parsedText('a path', readPath),
        ['/etc/group'],
      ),
    },
    { error: 'a mapping' },
  ),
  z.transform((value): BasicAuth => value),
);
