/**
 * One connection as the doctor sees it: each setting with its value and where it is written.
 *
 * `null` in place of a setting: neither a file nor charon tells. Defaults are those of swanctl.conf(5). Made from
 * a file here; `live-plan.ts` lays what charon lists over it.
 */
import type { Place } from '../config/issues.ts';
import type { SettingsView } from './settings-view.ts';
import { type Action, actionOf, isYes, numberOf, secondsOf } from './words.ts';

export interface Setting<Value> {
  readonly value: Value;
  /** null: it is a default, or only charon tells it. */
  readonly place: Place | null;
}

export interface ChildPlan {
  readonly name: string;
  readonly place: Place | null;
  /** `tunnel`, `transport`, `pass` ... in small letters. */
  readonly mode: string;
  readonly startAction: Setting<Action> | null;
  readonly dpdAction: Setting<Action>;
  readonly closeAction: Setting<Action>;
  readonly rekeySeconds: Setting<number>;
  readonly localTs: Setting<readonly string[]>;
  readonly remoteTs: Setting<readonly string[]>;
  /** null in the value: the default ones. */
  readonly espProposals: Setting<readonly string[] | null> | null;
}

export interface AuthPlan {
  /** `psk`, `pubkey`, `eap` ...; null where nobody tells. */
  readonly auth: string | null;
  readonly id: Setting<string> | null;
}

export interface ConnectionPlan {
  readonly name: string;
  readonly place: Place | null;
  /** In the file, loaded in charon. */
  readonly isInFile: boolean;
  readonly isLoaded: boolean;
  /** 0: both. */
  readonly version: Setting<0 | 1 | 2>;
  readonly localAddresses: Setting<readonly string[]>;
  readonly remoteAddresses: Setting<readonly string[]>;
  /** `no`, `never`, `keep`, `replace`. */
  readonly unique: Setting<string>;
  readonly keyingtries: Setting<number> | null;
  readonly dpdDelaySeconds: Setting<number>;
  readonly rekeySeconds: Setting<number>;
  readonly reauthSeconds: Setting<number>;
  readonly isAggressive: Setting<boolean> | null;
  readonly proposals: Setting<readonly string[] | null> | null;
  readonly local: AuthPlan;
  readonly remote: AuthPlan;
  readonly children: readonly ChildPlan[];
  /** All that makes an IKE_SA of it reusable, as one text: equal texts mean equal content. */
  readonly content: string;
}

const IKE_REKEY_SECONDS = 4 * 3_600;
const CHILD_REKEY_SECONDS = 3_600;

/** The connections of a swanctl.conf. */
export function plansFromFile(root: SettingsView): ConnectionPlan[] {
  const connections = root.section('connections');
  return (connections?.names() ?? []).flatMap((name) => {
    const view = connections?.section(name);
    return view === undefined ? [] : [planFrom(name, view)];
  });
}

/** A setting of a view, or its default. */
function setting<Value>(
  view: SettingsView,
  key: string,
  read: (text: string) => Value | null,
  byDefault: Value,
): Setting<Value> {
  const found = view.value(key);
  const value = found === undefined ? null : read(found.text);
  return { value: value ?? byDefault, place: found?.place ?? null };
}

function listSetting<Default>(
  view: SettingsView,
  key: string,
  byDefault: Default,
): Setting<readonly string[] | Default> {
  return { value: view.list(key) ?? byDefault, place: view.value(key)?.place ?? null };
}

function planFrom(name: string, view: SettingsView): ConnectionPlan {
  const reauthSeconds = setting(view, 'reauth_time', secondsOf, 0);
  const children = view.section('children');
  return {
    name,
    place: view.place,
    isInFile: true,
    isLoaded: false,
    version: setting(view, 'version', (text) => (text === '1' ? 1 : text === '2' ? 2 : 0), 0),
    localAddresses: listSetting(view, 'local_addrs', ['%any']),
    remoteAddresses: listSetting(view, 'remote_addrs', ['%any']),
    unique: setting(view, 'unique', (text) => text.toLowerCase(), 'no'),
    keyingtries: setting(view, 'keyingtries', (text) => (text === '%forever' ? 0 : numberOf(text)), 1),
    dpdDelaySeconds: setting(view, 'dpd_delay', secondsOf, 0),
    rekeySeconds: setting(view, 'rekey_time', secondsOf, reauthSeconds.value > 0 ? 0 : IKE_REKEY_SECONDS),
    reauthSeconds,
    isAggressive: setting(view, 'aggressive', isYes, false),
    proposals: listSetting(view, 'proposals', null),
    local: authFrom(view, 'local'),
    remote: authFrom(view, 'remote'),
    children: (children?.names() ?? []).flatMap((child) => {
      const below = children?.section(child);
      return below === undefined ? [] : [childFrom(child, below)];
    }),
    content: contentOf(view),
  };
}

function childFrom(name: string, view: SettingsView): ChildPlan {
  return {
    name,
    place: view.place,
    mode: setting(view, 'mode', (text) => text.toLowerCase(), 'tunnel').value,
    startAction: setting(view, 'start_action', actionOf, 'none'),
    dpdAction: setting(view, 'dpd_action', actionOf, 'none'),
    closeAction: setting(view, 'close_action', actionOf, 'none'),
    rekeySeconds: setting(view, 'rekey_time', secondsOf, CHILD_REKEY_SECONDS),
    localTs: listSetting(view, 'local_ts', ['dynamic']),
    remoteTs: listSetting(view, 'remote_ts', ['dynamic']),
    espProposals: listSetting(view, 'esp_proposals', null),
  };
}

/** The first round: sections are called `local`, `local-1` and so on. */
function authFrom(view: SettingsView, end: 'local' | 'remote'): AuthPlan {
  const name = view.names().find((one) => one.startsWith(end));
  const round = name === undefined ? undefined : view.section(name);
  const id = round?.value('id');
  return {
    auth: round?.value('auth')?.text.toLowerCase() ?? 'pubkey',
    id: id === undefined ? null : { value: id.text, place: id.place },
  };
}

/** Every setting but those of the children, in the order of the names. */
function contentOf(view: SettingsView): string {
  const parts = (of: SettingsView): unknown => ({
    values: of
      .keys()
      .toSorted()
      .map((key) => [key, of.value(key)?.text]),
    sections: of
      .names()
      .filter((name) => name !== 'children')
      .toSorted()
      .map((name) => {
        const below = of.section(name);
        return [name, below === undefined ? null : parts(below)];
      }),
  });
  return JSON.stringify(parts(view));
}
