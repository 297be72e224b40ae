/**
 * What a recording and the model must have in common, and in what they may differ.
 */

import { hintsOf } from './hints.ts';
import type { EndRecord, StepRecord } from './play.ts';
import { ENDS } from './script.ts';

/** What is compared of a line: `null` if nothing. */
function comparable(event: string): string | null {
  // The daemon doesn't ask for it: addresses and ports before an IKE_SA is up.
  if (event.startsWith('ike-update ')) return null;
  // A CHILD_SA that goes with its IKE_SA is called INSTALLED or DELETED; the daemon takes every one for gone.
  return event.startsWith('child-updown down')
    ? event.replace(/ (?:INSTALLED|DELETED|DELETING)(?=,|$)/g, '')
    : event;
}

/** Lines in which an end of the model differs from the recording, `-` as recorded and `+` as the model has it. */
export function differences(recorded: readonly StepRecord[], modelled: readonly StepRecord[]): string[] {
  return recorded.flatMap((step, at) => {
    const other = modelled[at];
    if (!other) return [`${step.does.join(', ')}: not played`];
    const found = [
      ...linesThatDiffer('refusals', step.refusals.map(firstWords), other.refusals.map(firstWords)),
      ...ENDS.flatMap((end) => endDifferences(end, step[end], other[end])),
    ];
    return found.length > 0 ? [`${at + 1}. ${step.does.join(', ') || 'wait'}`, ...found] : [];
  });
}

function endDifferences(end: string, recorded: EndRecord, modelled: EndRecord): string[] {
  const events = (record: EndRecord): string[] =>
    record.events.map(comparable).filter((event) => event !== null);
  return [
    ...linesThatDiffer(`${end} event`, events(recorded), events(modelled)),
    ...linesThatDiffer(`${end} hint`, hintsOf(recorded.log), hintsOf(modelled.log)),
    // Each end counts in an order of its own, which tells nothing.
    ...linesThatDiffer(`${end} has`, [...recorded.sas].sort(), [...modelled.sas].sort()),
  ];
}

/** charon names the command and repeats what it was given. */
function firstWords(refusal: string): string {
  return /no matching SAs to \w+ found|config '.*' not found/.exec(refusal)?.[0] ?? refusal;
}

function linesThatDiffer(what: string, recorded: readonly string[], modelled: readonly string[]): string[] {
  if (recorded.join('\n') === modelled.join('\n')) return [];
  const count = Math.max(recorded.length, modelled.length);
  return Array.from({ length: count }, (_, at) => at).flatMap((at) =>
    recorded[at] === modelled[at]
      ? [`     ${what} ${recorded[at]}`]
      : [
          ...(recorded[at] === undefined ? [] : [`   - ${what} ${recorded[at]}`]),
          ...(modelled[at] === undefined ? [] : [`   + ${what} ${modelled[at]}`]),
        ],
  );
}
