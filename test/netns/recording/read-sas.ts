/**
 * IKE_SAs as `list-sas` and the events show them, in the words of the calibration.
 */

import type { Section } from '../../../src/vici/message.ts';
import type { ChildView, IkeSaView } from '../../sim/calibration/names.ts';
import type { EndName } from '../../sim/calibration/script.ts';

/** @param end whose charon said it: what is inbound here is outbound there */
export function readIkeSa(end: EndName, section: Section): IkeSaView {
  return {
    id: section.get('uniqueid') ?? '',
    spi: section.get('initiator-spi') ?? '',
    isUnanswered: /^0*$/.test(section.get('responder-spi') ?? ''),
    connection: section.name === '(unnamed)' ? null : section.name,
    state: section.get('state') ?? '',
    isInitiator: section.isYes('initiator'),
    children: (section.section('child-sas')?.sections() ?? [])
      .filter((child) => child.get('uniqueid') !== undefined)
      .map((child) => readChild(end, child)),
  };
}

export function readChild(end: EndName, section: Section): ChildView {
  return {
    // The SPI that moon receives on, at both ends.
    key: section.get(end === 'moon' ? 'spi-in' : 'spi-out') ?? '',
    id: section.get('uniqueid') ?? '',
    name: section.get('name') ?? section.name,
    state: section.get('state') ?? '',
  };
}
