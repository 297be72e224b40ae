/** The words of `list-sas`, and the order of SPIs that both ends must see alike (R7). */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isConnecting,
  isEstablished,
  isHalfOpen,
  isInstalled,
  isLowerSpi,
  isUnanswered,
} from '../../../src/policy/facts.ts';

/** State of an IKE_SA as charon prints it: is it connecting, is it established? */
const IKE_STATES: readonly (readonly [string, boolean, boolean])[] = [
  ['CREATED', true, false],
  ['CONNECTING', true, false],
  ['ESTABLISHED', false, true],
  ['REKEYING', false, true],
  ['REKEYED', false, false],
  ['DELETING', false, false],
  ['DESTROYING', false, false],
  ['PASSIVE', false, false],
  ['', false, false],
];

describe('facts', () => {
  it.each(IKE_STATES)('an IKE_SA in state %j', (state, connecting, established) => {
    expect(isConnecting(state)).toBe(connecting);
    expect(isEstablished(state)).toBe(established);
    expect(isHalfOpen({ state, isAnonymous: true })).toBe(connecting);
    expect(isHalfOpen({ state, isAnonymous: false })).toBe(false);
  });

  it.each([
    ['INSTALLED', true],
    ['REKEYING', true],
    ['UPDATING', true],
    ['REKEYED', false],
    ['DELETED', false],
    ['INSTALLING', false],
    ['ROUTED', false],
  ])('a CHILD_SA in state %j', (state, installed) => {
    expect(isInstalled(state)).toBe(installed);
  });

  it.each([
    ['0000000000000000', true],
    ['', true],
    ['0000000000000001', false],
    ['8000000000000000', false],
  ])('responder SPI %j', (spi, unanswered) => {
    expect(isUnanswered(spi)).toBe(unanswered);
  });

  it('orders SPIs as unsigned numbers', () => {
    const spi = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(spi, spi, fc.boolean(), (left, right, isPadded) => {
        const hex = (value: bigint) => value.toString(16).padStart(isPadded ? 16 : 1, '0');
        expect(isLowerSpi(hex(left), hex(right).toUpperCase())).toBe(left < right);
      }),
    );
  });
});
