/** What stands for a password hash wherever people read. */
export const hiddenHash = '[hidden]';

/** A hash as crypt(5) writes it: `$6$salt$hash`. */
const hash = /\$[a-z0-9]{1,8}\$[!-9;-~]{8,}/g;
/** The password of a user in a `userlist`, encrypted or not (HAProxy manual 3.4, "Userlists"). */
const password = /^([-+ ]?\s+user\s+\S+\s+(?:insecure-)?password\s+)\S+/gm;

/** Whether the text is a file of ours with password hashes in it, which only its owner and group may read. */
export function holdsSecrets(text: string): boolean {
  return /^userlist _users_/m.test(text);
}

/** The text, a file or a difference of two, or what HAProxy said of it, without any password hash. */
export function withoutSecrets(text: string): string {
  return text.replace(password, `$1${hiddenHash}`).replace(hash, hiddenHash);
}
