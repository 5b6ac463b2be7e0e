/** The first texts of a list, and the number of the others: `a, b and 3 more`. */
export function shortList(texts: readonly string[], max = 5): string {
  return texts.length <= max ? texts.join(', ') : `${texts.slice(0, max).join(', ')} and ${texts.length - max} more`;
}
