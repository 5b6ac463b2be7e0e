/** Whether systemctl reports that polkit denies the action. The messages of systemd 247 to 257 are not translated. */
export function isDenied(said: string): boolean {
  return /interactive authentication required|access denied|permission denied/i.test(said);
}

/** The remedy when podfront may not reload a unit. */
export function polkitHint(unit: string): string {
  return `add a polkit rule that lets podfront's user reload ${unit} (examples/systemd/podfront.rules), or reload through the master's socket`;
}
