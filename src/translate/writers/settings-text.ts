/** The syntax of swanctl.conf: sections, keys and values as text. Knows no key. */

/** A value as it will stand behind `=`, a section, or a line of comment. */
export type Entry =
  | { readonly key: string; readonly value: string }
  | { readonly section: string; readonly from?: string; readonly entries: readonly Entry[] }
  | { readonly comment: string };

/** Key and value; null leaves the key out. */
export function setting(key: string, value: string | number | null): readonly Entry[] {
  return value === null ? [] : [{ key, value: String(value) }];
}

/** A section, with `from` the one that it inherits from (strongswan.conf(5), "Referencing other sections"). */
export function section(name: string, entries: readonly Entry[], from?: string): Entry {
  return from === undefined ? { section: name, entries } : { section: name, from, entries };
}

/** All entries, indented by `depth` steps. */
export function settingsText(entries: readonly Entry[], depth = 0): string {
  const indent = '  '.repeat(depth);
  return entries
    .map((entry) => {
      if ('comment' in entry) return `${indent}# ${entry.comment.replaceAll(/\p{Cc}/gu, ' ')}\n`;
      if ('key' in entry) return `${indent}${entry.key} = ${quoted(entry.value)}\n`;
      const { section: name, from, entries: inner } = entry;
      const head = from === undefined ? name : `${name} : ${from}`;
      return `${indent}${head} {\n${settingsText(inner, depth + 1)}${indent}}\n`;
    })
    .join('');
}

/** Plain where nothing in it has a meaning of its own, else in double quotes. */
function quoted(value: string): string {
  if (/^[\w.,:/%@*+-]+(?:(?<=,) [\w.,:/%@*+-]+)*$/.test(value)) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
