/** Whether systemctl says that polkit lets this user not do it: the words of systemd 247 to 257, which are the same in any language. */
export function isDenied(said: string): boolean {
  return /interactive authentication required|access denied|permission denied/i.test(said);
}

/** What to do when podfront may not reload a unit. */
export function polkitHint(unit: string): string {
  return `add a polkit rule that lets podfront's user reload ${unit} (examples/systemd/podfront.rules), or reload through the master's socket`;
}
