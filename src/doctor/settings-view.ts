/**
 * Settings as charon sees them: a section with everything that it inherits.
 *
 * Own values come first, then those of the references, left to right (strongswan.conf(5), "REFERENCING OTHER
 * SECTIONS"). References are absolute, and what a referenced section inherits counts, too.
 */
import type { Place } from '../config/issues.ts';
import type { SettingsSection, SettingsValue } from './settings-parser.ts';

/** References that refer to references; charon has no limit, a reader needs one. */
const DEPTH_MAX = 16;
/** Sections that one may inherit from, all taken together. */
const LAYERS_MAX = 128;

export class SettingsView {
  readonly #root: SettingsSection;
  /** The section itself, then what it inherits from. */
  readonly #layers: readonly SettingsSection[];

  private constructor(root: SettingsSection, layers: readonly SettingsSection[]) {
    this.#root = root;
    this.#layers = layers;
  }

  static of(root: SettingsSection): SettingsView {
    return new SettingsView(root, [root]);
  }

  get place(): Place | null {
    return this.#layers[0]?.place ?? null;
  }

  /** The value of a key; undefined if there is none, or an empty one, which takes an inherited value away. */
  value(key: string): SettingsValue | undefined {
    for (const layer of this.#layers) {
      const value = layer.values.get(key);
      if (value !== undefined) return value.text === '' ? undefined : value;
    }
    return undefined;
  }

  /** The items of a list, parted by commas. */
  list(key: string): readonly string[] | undefined {
    return this.value(key)
      ?.text.split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  /** Keys with a value that counts. */
  keys(): string[] {
    const names = new Set(this.#layers.flatMap((layer) => [...layer.values.keys()]));
    return [...names].filter((name) => this.value(name) !== undefined);
  }

  /** Names of the sections below. */
  names(): string[] {
    return [...new Set(this.#layers.flatMap((layer) => [...layer.sections.keys()]))];
  }

  section(name: string): SettingsView | undefined {
    const layers = this.#layers.flatMap((layer) => {
      const below = layer.sections.get(name);
      return below === undefined ? [] : [below];
    });
    return layers.length === 0 ? undefined : new SettingsView(this.#root, this.#inherited(layers, DEPTH_MAX));
  }

  #inherited(layers: readonly SettingsSection[], depth: number): SettingsSection[] {
    const all: SettingsSection[] = [];
    for (const layer of layers) {
      if (all.includes(layer) || all.length >= LAYERS_MAX) continue;
      all.push(layer);
      if (depth === 0) continue;
      for (const reference of layer.references) {
        for (const other of this.#lookUp(reference, depth - 1)) if (!all.includes(other)) all.push(other);
      }
    }
    return all.slice(0, LAYERS_MAX);
  }

  /** The layers of the section with an absolute name. */
  #lookUp(name: string, depth: number): SettingsSection[] {
    let layers: SettingsSection[] = [this.#root];
    for (const part of name.split('.')) {
      const below = layers.flatMap((layer) => layer.sections.get(part) ?? []);
      layers = this.#inherited(below, depth);
    }
    return layers;
  }
}
