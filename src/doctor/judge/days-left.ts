const day = 86_400_000;

/** The days until something ends, in words: `1 day is left`. `left` is in milliseconds; parts of a day do not count. */
export function daysLeft(left: number): string {
  const days = Math.floor(left / day);
  return days === 1 ? '1 day is left' : `${days} days are left`;
}
