/**
 * A tree of settings as the text that strongswan.conf and swanctl.conf share. Knows the syntax, no key.
 */
export type SettingValue = string | number | boolean | readonly string[];

/** `null` takes a default away when trees are merged, and isn't written. */
export interface Settings {
  readonly [key: string]: SettingValue | Settings | null;
}

const PLAIN = /^[\w.,:/%@*!+-]+( [\w.,:/%@*!+-]+)*$/;
const NAME = /^[^\s.,:{}="#]+$/;

/** `over` on top of `base`; sections are merged, values and lists replaced. */
export function merge(base: Settings, over: Settings): Settings {
  const merged: Record<string, SettingValue | Settings | null> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isSection(below) && isSection(value) ? merge(below, value) : value;
  }
  return merged;
}

/** @throws RangeError for a name that the syntax can't hold */
export function settingsText(settings: Settings, indent = ''): string {
  return Object.entries(settings)
    .map(([key, value]) => {
      if (value === null) return '';
      if (!NAME.test(key)) throw new RangeError(`not a name of a setting: ${JSON.stringify(key)}`);
      if (isSection(value)) return `${indent}${key} {\n${settingsText(value, `${indent}  `)}${indent}}\n`;
      return `${indent}${key} = ${valueText(value)}\n`;
    })
    .join('');
}

function valueText(value: SettingValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = typeof value === 'object' ? value.join(', ') : String(value);
  return PLAIN.test(text) ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function isSection(value: SettingValue | Settings | null | undefined): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
