/**
 * `wsg-service`: what it says line by line, and the restrictions that StarOS documents for it ("Security Gateway as
 * Initiator"): peer lists only for site-to-site and of the family of the bind address, the deployment mode locked while a
 * list is set, durations of 5..250 seconds.
 */
import { parseHostAddress } from '../../config/addresses.ts';
import { DURATION_KEYS, SECTIONS_MAX } from '../../config/keys.ts';
import type { Family } from '../../config/model.ts';
import type { Block } from '../blocks.ts';
import { command, type Fact, type Forms, type Ignored, newFact, readLine } from '../cisco/commands.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import { keyIn, type PeerListFact } from './peer-lists.ts';
import { numberInRange } from './ranges.ts';

interface Named<Value> {
  readonly at: SourceLine;
  readonly value: Value;
}

export interface ServiceFact extends Fact {
  /** Of its lines those that were dropped. */
  readonly aside: Set<SourceLine>;
  readonly name: string;
  readonly context: string | null;
  deploymentMode: Named<'site-to-site' | 'remote-access'> | null;
  bind: Named<{ readonly text: string; readonly family: Family }> | null;
  templateName: string | null;
  peerList: Named<string> | null;
  accessList: Named<string> | null;
  initiatorModeSeconds: number | null;
  responderModeSeconds: number | null;
}

const IGNORED: readonly Ignored[] = [
  { form: /^(?:ip|ipv6) (?:address|alloc-method|pool)\b.*$/i, why: 'addresses for users of remote access' },
  {
    form: /^(?:dhcp|dhcpv4|dhcpv6|duplicate-session-detection|username|aaa|ip address pool)\b.*$/i,
    why: 'only for remote access',
  },
  { form: /^pre_fragment\b.*$/i, why: 'a matter of the interface, not of the connection' },
  { form: /^(?:no )?(?:shutdown|associate|unbind)\b.*$/i, why: 'nothing that a connection could carry' },
];

/** Reads a service into `services`; one that is opened again goes on. */
export function readService(
  block: Block,
  header: SourceLine,
  context: string | null,
  services: Map<string, ServiceFact>,
  reading: Reading,
): void {
  const name = header.words[1] ?? '';
  const key = keyIn(context, name);
  const before = services.get(key);
  if (before === undefined && services.size === SECTIONS_MAX) {
    const message = `more than ${SECTIONS_MAX} services`;
    reading.refusals.add(header, 'too-many', message, 'Split them over several gateways.');
    return;
  }
  before?.lines.push(header);
  const service = before ?? newService(header, name, context);
  services.set(key, service);
  const forms = serviceForms(reading);
  for (const line of block.lines) readLine(line, service, forms, reading.report);
}

function newService(header: SourceLine, name: string, context: string | null): ServiceFact {
  return {
    ...newFact(header),
    aside: new Set(),
    name,
    context,
    deploymentMode: null,
    bind: null,
    templateName: null,
    peerList: null,
    accessList: null,
    initiatorModeSeconds: null,
    responderModeSeconds: null,
  };
}

function serviceForms(reading: Reading): Forms<ServiceFact> {
  const { refusals, report } = reading;
  const duration = (key: 'initiator-mode-duration' | 'responder-mode-duration') => ({
    what: key,
    min: DURATION_KEYS[key].min,
    max: DURATION_KEYS[key].max,
    unit: 'seconds',
  });
  return {
    ignored: IGNORED,
    commands: [
      command(/^deployment-mode (?<mode>site-to-site|remote-access)$/i, (service, { mode = '' }, line) => {
        const value = mode.toLowerCase() === 'remote-access' ? 'remote-access' : 'site-to-site';
        const before = service.deploymentMode?.value ?? 'site-to-site';
        if (service.peerList !== null && value !== before) {
          refusals.add(
            line,
            'contradiction',
            `the deployment mode of ${service.name} can't change to ${value} while peer list ${service.peerList.value} is set (line ${service.peerList.at.number})`,
            'Remove the peer list before: write `no peer-list` above this line.',
          );
        }
        service.deploymentMode = { at: line, value };
      }),
      command(
        /^bind (?:address )?(?<address>\S+)(?: crypto-template (?<template>\S+))?(?: .*)?$/i,
        (service, { address = '', template }, line) => {
          const value = parseHostAddress(address);
          if (value === null) {
            refusals.add(
              line,
              'bad-address',
              `'${address}' is not the address of a host`,
              'Bind one IPv4 or IPv6 address.',
            );
            return;
          }
          service.bind = { at: line, value };
          service.templateName = template ?? service.templateName;
        },
      ),
      command(/^no bind(?: .*)?$/i, (service) => {
        service.bind = null;
      }),
      command(/^peer-list (?<name>\S+)$/i, (service, { name = '' }, line) => {
        service.peerList = { at: line, value: name };
      }),
      command(/^no peer-list(?: \S+)?$/i, (service, _groups, line) => {
        if (service.peerList === null) return;
        report.dropped(service.peerList.at, `taken back in line ${line.number}`);
        service.aside.add(service.peerList.at);
        service.peerList = null;
      }),
      command(/^initiator-mode-duration (?<seconds>\S+)$/i, (service, { seconds = '' }, line) => {
        service.initiatorModeSeconds = numberInRange(
          seconds,
          duration('initiator-mode-duration'),
          line,
          refusals,
        );
      }),
      command(/^responder-mode-duration (?<seconds>\S+)$/i, (service, { seconds = '' }, line) => {
        service.responderModeSeconds = numberInRange(
          seconds,
          duration('responder-mode-duration'),
          line,
          refusals,
        );
      }),
      command(/^(?:ip|ipv6) access-group (?<name>\S+)(?: .*)?$/i, (service, { name = '' }, line) => {
        service.accessList = { at: line, value: name };
      }),
    ],
  };
}

/** The list of a service once all is read; what StarOS would have refused is refused here too. */
export function peerListOf(
  service: ServiceFact,
  lists: ReadonlyMap<string, PeerListFact>,
  { refusals }: Reading,
): PeerListFact | null {
  const named = service.peerList;
  if (named === null) return null;
  if (service.deploymentMode?.value === 'remote-access') {
    // Where the mode came later than the list, its line was refused as it was read.
    if (service.deploymentMode.at.number <= named.at.number) {
      refusals.add(
        named.at,
        'contradiction',
        `${service.name} is remote-access, where the peer always calls: a peer list is for site-to-site only`,
        'Take the peer list out, or write `deployment-mode site-to-site` above it.',
      );
    }
    return null;
  }
  const list = lists.get(keyIn(service.context, named.value));
  if (list === undefined) {
    refusals.add(
      named.at,
      'unknown-list',
      `there is no peer list ${named.value} in ${service.context === null ? 'the text' : `context ${service.context}`}`,
      'Add its lines (crypto peer-list ...), or correct the name.',
    );
    return null;
  }
  if (service.bind !== null && service.bind.value.family !== list.family) {
    const { at, value } = service.bind;
    const later = at.number > named.at.number ? at : named.at;
    refusals.add(
      later,
      'wrong-family',
      `${service.name} binds ${value.text} (${value.family}), peer list ${list.name} is ${list.family}`,
      `Bind an ${list.family} address, or name an ${value.family} list.`,
    );
    return null;
  }
  return list;
}
