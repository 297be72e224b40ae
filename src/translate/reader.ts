/** What a reader of a dialect gets and gives. */
import type { Gateway } from './gateway-model.ts';
import type { Refusals } from './refusals.ts';
import type { LineReport } from './report.ts';
import type { SourceLine } from './source-line.ts';

export interface Reading {
  readonly lines: readonly SourceLine[];
  /** Each line that is used or dropped on purpose must be claimed here. */
  readonly report: LineReport;
  readonly refusals: Refusals;
}

/** Makes a gateway of the lines. Never throws for what the lines say: that goes to `report` and `refusals`. */
export type Reader = (reading: Reading) => Gateway;
