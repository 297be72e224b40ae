/**
 * The secrets of a gateway for swanctl. The file is for root alone: whoever writes it must give it mode 0600.
 *
 * A key that the original has only encrypted gets a section without `secret`: swanctl refuses that ("missing secret"), while
 * any text put in its place would be a key that everybody knows.
 */
import type { Gateway, Secret } from '../gateway-model.ts';
import { type Entry, section, setting, settingsText } from './settings-text.ts';

/** The text of the file; for a directory that swanctl.conf includes. */
export function writeSecrets({ secrets }: Pick<Gateway, 'secrets'>): string {
  return (
    '# Made by `afteryou translate`. Put it beside the connections, mode 0600, owner root.\n\n' +
    settingsText([section('secrets', secrets.map(secretSection))])
  );
}

function secretSection({ name, at, ids, value, why }: Secret): Entry {
  return section(`ike-${name}`, [
    ...ids.flatMap((id, index) => setting(ids.length === 1 ? 'id' : `id-${index + 1}`, id)),
    ...(value === null
      ? [
          {
            comment: `${why ?? 'The original does not show the key'} (${at.file}:${at.number}). Put it here:`,
          },
          { comment: 'secret = ' },
        ]
      : [{ key: 'secret', value: escapedKey(value) }]),
  ]);
}

/** swanctl takes a value that begins with 0x or 0s for hexadecimal or base64: such a text is written as base64 itself. */
function escapedKey(text: string): string {
  return /^0[xs]/i.test(text) ? `0s${Buffer.from(text, 'utf8').toString('base64')}` : text;
}
