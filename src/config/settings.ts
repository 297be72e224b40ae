/** From checked keys to the settings of a peer. Knows which key fills which field, nothing of files. */
import { DEFAULT_SETTINGS, type PeerSettings } from '../policy/settings.ts';
import { DURATION_KEYS, type DurationName } from './keys.ts';
import type { CheckedSettings } from './schema.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/**
 * The settings that these layers make, the last one uppermost, with the defaults below all of them.
 *
 * `no-rekey` and `enforce` hold only for responder-only peers: one that inherits them with another policy
 * has them off, so that no later part has to look at two fields.
 */
export function settingsOf(layers: readonly CheckedSettings[]): PeerSettings {
  const settings: Mutable<PeerSettings> = { ...DEFAULT_SETTINGS };
  for (const layer of layers) {
    for (const name of Object.keys(DURATION_KEYS) as DurationName[]) {
      const value = layer[name];
      if (value !== undefined) settings[DURATION_KEYS[name].field] = value;
    }
    settings.policy = layer.policy ?? settings.policy;
    settings.collision = layer.collision ?? settings.collision;
    settings.backOffFactor = layer['back-off']?.factor ?? settings.backOffFactor;
    settings.backOffMaxMs = layer['back-off']?.max ?? settings.backOffMaxMs;
    settings.noRekey = layer['no-rekey'] ?? settings.noRekey;
    settings.enforce = layer.enforce ?? settings.enforce;
  }
  if (settings.policy !== 'responder-only') {
    settings.noRekey = false;
    settings.enforce = false;
  }
  return settings;
}
