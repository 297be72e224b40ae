/**
 * Options of charon in strongswan.conf, with their defaults (strongswan.conf(5)) and where they are written.
 *
 * charon-systemd looks into its own section first and then into `charon`; the older daemon has `charon` alone.
 */
import type { Place } from '../config/issues.ts';
import type { SettingsView } from './settings-view.ts';
import { isYes, numberOf } from './words.ts';

const DEFAULTS = {
  block_threshold: 5,
  cookie_threshold: 30,
  cookie_threshold_ip: 3,
  ikesa_limit: 0,
  ikesa_table_segments: 1,
  ikesa_table_size: 1,
  init_limit_half_open: 0,
  retransmit_base: 1.8,
  retransmit_limit: 0,
  retransmit_timeout: 4,
  retransmit_tries: 5,
  threads: 16,
} as const;

const FLAGS = {
  dos_protection: true,
  i_dont_care_about_security_and_use_aggressive_mode_psk: false,
  initiator_only: false,
  reuse_ikesa: true,
} as const;

export interface Option<Value> {
  readonly value: Value;
  readonly place: Place | null;
}

export class CharonOptions {
  readonly #sections: readonly SettingsView[];

  /** @param daemon `charon-systemd` or `charon`; null where it isn't known */
  constructor(root: SettingsView, daemon: string | null) {
    const names = daemon === 'charon' ? ['charon'] : ['charon-systemd', 'charon'];
    this.#sections = names.flatMap((name) => root.section(name) ?? []);
  }

  number(name: keyof typeof DEFAULTS): Option<number> {
    const found = this.#find(name);
    return { value: numberOf(found?.text ?? '') ?? DEFAULTS[name], place: found?.place ?? null };
  }

  flag(name: keyof typeof FLAGS): Option<boolean> {
    const found = this.#find(name);
    return { value: found === undefined ? FLAGS[name] : isYes(found.text), place: found?.place ?? null };
  }

  #find(name: string) {
    for (const section of this.#sections) {
      const found = section.value(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
