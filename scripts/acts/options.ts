/** The arguments of the demo. */
import { parseArgs } from 'node:util';

export const ACT_LETTERS = ['a', 'b', 'c', 'd'] as const;
export type ActLetter = (typeof ACT_LETTERS)[number];

export interface DemoOptions {
  readonly acts: readonly ActLetter[];
  /** No pauses for reading. */
  readonly isFast: boolean;
  /** The last lab stays until a signal. */
  readonly keepsLab: boolean;
}

export const USAGE = 'usage: scripts/demo [--act a|b|c|d]... [--fast] [--keep]';

/** @throws Error for arguments that the demo doesn't know */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      act: { type: 'string', multiple: true },
      fast: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  const chosen = values.act ?? [];
  const unknown = chosen.find((letter) => !ACT_LETTERS.some((known) => known === letter));
  if (unknown !== undefined) throw new Error(`there is no act '${unknown}'`);
  return {
    acts: chosen.length === 0 ? ACT_LETTERS : ACT_LETTERS.filter((letter) => chosen.includes(letter)),
    isFast: values.fast,
    keepsLab: values.keep,
  };
}
