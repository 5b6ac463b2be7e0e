/** Whether a build service runs us: it sets CI; `CI=false`, `CI=0` and an empty value mean no. */
export function underCi(env) {
  return !['', '0', 'false'].includes(env.CI ?? '');
}
