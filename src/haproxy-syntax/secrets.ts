/** The text shown instead of a password or its hash. */
export const hiddenHash = '[hidden]';

/** A hash as crypt(5) writes it: `$6$salt$hash`. */
const hash = /\$[a-z0-9]{1,8}\$[!-9;-~]{8,}/g;
/** A word as HAProxy reads it, which may be quoted in part (HAProxy manual 2.2). */
const word = String.raw`(?:\\.|"[^"\n]*"|'[^'\n]*'|\S)+`;
/** The password of a user in a `userlist`, encrypted or not (HAProxy manual 3.4, "Userlists"). */
const password = new RegExp(String.raw`\b(user[ \t]+\S+[ \t]+(?:insecure-)?password[ \t]+)${word}`, 'g');
/** `stats auth USER:PASSWORD` (HAProxy manual 4.2, stats auth). */
const statsAuth = new RegExp(String.raw`\b(stats[ \t]+auth[ \t]+)${word}`, 'g');

/** Whether a file has passwords or their hashes in it, so that only its owner and group may read it. */
export function containsSecrets(text: string): boolean {
  return withoutSecrets(text) !== text;
}

/** The text, such as a file, a difference of two, or a message of HAProxy, without passwords and their hashes. */
export function withoutSecrets(text: string): string {
  return text.replace(password, `$1${hiddenHash}`).replace(statsAuth, `$1${hiddenHash}`).replace(hash, hiddenHash);
}
