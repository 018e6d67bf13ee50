import type { Call } from '../../sql/expression.ts';
import { callError, type Implementation } from './implementation.ts';
import { textFunction } from './text-apply.ts';

/** Addresses of the Internet Protocol and their subnets. */
export const ADDRESSES: Readonly<Record<string, Implementation>> = {
  is_subnet_of: textFunction((call) => (prefix: string, address: string) => {
    const subnet = subnetOf(prefix, call);
    const { value, bits } = addressOf(address, call);
    return (
      bits === subnet.bits && bound(value, subnet, 'low') === bound(subnet.value, subnet, 'low')
    );
  }),
  ip_prefix: textFunction((call) => (address: string, length: number) => {
    const { value, bits } = addressOf(address, call);
    if (length < 0 || length > bits) {
      throw callError(call, 'BAD_CAST', `expected a prefix of 0 to ${bits} bits, found ${length}`);
    }
    return `${formatAddress(bound(value, { bits, length }, 'low'), bits)}/${length}`;
  }),
  ip_subnet_min: textFunction((call) => (prefix: string) => {
    const subnet = subnetOf(prefix, call);
    return formatAddress(bound(subnet.value, subnet, 'low'), subnet.bits);
  }),
  ip_subnet_max: textFunction((call) => (prefix: string) => {
    const subnet = subnetOf(prefix, call);
    return formatAddress(bound(subnet.value, subnet, 'high'), subnet.bits);
  }),
};

const V4_BITS = 32;
const V6_BITS = 128;
const V6_GROUPS = 8;

interface Address {
  readonly value: bigint;
  readonly bits: number;
}

/** `length` is the number of leading bits that all addresses share. */
interface Subnet extends Address {
  readonly length: number;
}

function subnetOf(text: string, call: Call): Subnet {
  const [, address = '', digits = ''] = /^(.*)\/(\d{1,3})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  const length = Number(digits);
  if (parsed !== null && length <= parsed.bits) return { ...parsed, length };
  throw callError(call, 'BAD_CAST', `expected a subnet such as 10.0.0.0/8, found '${text}'`);
}

function addressOf(text: string, call: Call): Address {
  const parsed = parseAddress(text);
  if (parsed !== null) return parsed;
  throw callError(call, 'BAD_CAST', `expected an IP address without a prefix, found '${text}'`);
}

/** The lowest or highest address that shares the leading bits. */
function bound(
  value: bigint,
  { bits, length }: Omit<Subnet, 'value'>,
  end: 'low' | 'high',
): bigint {
  const rest = (1n << BigInt(bits - length)) - 1n;
  return end === 'low' ? value & ~rest : value | rest;
}

function parseAddress(text: string): Address | null {
  const value = text.includes(':') ? parseV6(text) : parseV4(text);
  return value === null ? null : { value, bits: text.includes(':') ? V6_BITS : V4_BITS };
}

/** Four decimal numbers; leading zeros are refused, because some read them as octal. */
function parseV4(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  if (!parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** Eight groups of hexadecimal digits, the last two possibly as a version 4 address (RFC 4291). */
function parseV6(text: string): bigint | null {
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    const tail = parseV4(text.slice(lastColon + 1));
    if (tail === null) return null;
    const groups = [tail >> 16n, tail & 0xffffn].map((group) => group.toString(16)).join(':');
    return parseV6(text.slice(0, lastColon + 1) + groups);
  }
  const sides = text.split('::');
  if (sides.length > 2) return null;
  const [head = [], tail = []] = sides.map((side) => (side === '' ? [] : side.split(':')));
  const missing = V6_GROUPS - head.length - tail.length;
  if (sides.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return null;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function formatAddress(value: bigint, bits: number): string {
  const size = bits === V4_BITS ? 8n : 16n;
  const count = bits / Number(size);
  const parts = Array.from({ length: count }, (_, index) =>
    Number(BigInt.asUintN(Number(size), value >> (size * BigInt(count - 1 - index)))),
  );
  return bits === V4_BITS ? parts.join('.') : formatV6(parts);
}

/** RFC 5952: lower case, and the first of the longest runs of zeros, two at least, as `::`. */
function formatV6(groups: readonly number[]): string {
  let [bestStart, bestLength] = [-1, 1];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > bestLength) [bestStart, bestLength] = [start, end - start];
  }
  const texts = groups.map((group) => group.toString(16));
  if (bestStart < 0) return texts.join(':');
  return `${texts.slice(0, bestStart).join(':')}::${texts.slice(bestStart + bestLength).join(':')}`;
}
