/** A line of HAProxy's file that is not blank, not a comment and not for the preprocessor. */
export interface ConfigLine {
  /** Counts from 1. */
  readonly number: number;
  /** The original text without indentation. */
  readonly text: string;
  readonly words: readonly string[];
  /** Comments above it and at its end, without `#`. */
  readonly comments: readonly string[];
}

/** A section of HAProxy's file. */
export interface Section {
  readonly keyword: string;
  readonly name: string;
  /** `listen NAME from DEFAULTS` (2.4). */
  readonly from: string | null;
  readonly number: number;
  readonly lines: readonly ConfigLine[];
  /** Comments above its first line, at the end of that line, and at the end of the section. */
  readonly comments: readonly string[];
}
