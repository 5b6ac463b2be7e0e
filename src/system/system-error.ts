import { getSystemErrorName } from 'node:util';

/** A lack of a resource that passes, or that a setting ends, unlike a missing program or file. */
export interface Shortage {
  readonly what: string;
  readonly remedy: string;
}

const shortages: Readonly<Record<string, Shortage>> = {
  EMFILE: { what: 'podfront has too many files open', remedy: 'raise ulimit -n, or LimitNOFILE of its unit' },
  ENFILE: { what: 'the system has too many files open', remedy: 'raise fs.file-max' },
  EAGAIN: { what: 'there are too many processes', remedy: 'raise ulimit -u, or TasksMax of the unit' },
  ENOMEM: { what: 'there is not enough memory', remedy: 'free some, or raise MemoryMax of the unit' },
  ENOBUFS: { what: 'there is not enough memory for sockets', remedy: 'free some, or raise MemoryMax of the unit' },
};

/** The shortage that an error of the system stands for (errno(3)); null for any other error. */
export function shortageOf(error: unknown): Shortage | null {
  const { code = '', syscall = '', info } = error as NodeJS.ErrnoException & { readonly info?: { readonly errno?: number } };
  // Errors of libuv itself, such as in os.userInfo() and os.networkInterfaces(), have their number in `info`, in some places without the sign.
  const number = code === 'ERR_SYSTEM_ERROR' ? Math.abs(info?.errno ?? 0) : 0;
  // Elsewhere EAGAIN means that something is not ready yet.
  if (code === 'EAGAIN' && !syscall.startsWith('spawn')) return null;
  return shortages[number === 0 ? code : getSystemErrorName(-number)] ?? null;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its symlinks go in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is a socket, or a device that does not exist',
  EIO: 'the device reports an input/output error',
  ESTALE: 'the network file system no longer knows it',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EPIPE: 'its reader has closed the pipe',
  ERR_INVALID_ARG_VALUE: 'no file can have this name',
};

/**
 * The reason why the system refused something, as a clause for people; its error code where there is no text for it.
 *
 * @param own texts for codes with a more precise meaning in this place
 */
export function reasonOf(error: unknown, own: Readonly<Record<string, string>> = {}): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const shortage = shortageOf(error);
  return own[code] ?? reasons[code] ?? (shortage !== null ? `${shortage.what}; ${shortage.remedy}` : code || message);
}

/** The words for errors of connections, over a network and to sockets of this machine. */
const connectionReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no answer to the connection',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  ENOENT: 'there is no such socket',
  ENOTSOCK: 'it is no socket',
};

/** Why a connection could not be made, or broke, as a clause for people. */
export function connectionReasonOf(error: unknown): string {
  return reasonOf(error, connectionReasons);
}
