import type { DataType } from '../../base/types.ts';
import { type FunctionSignature, simple, textOrBytes } from './signature.ts';

/** Encodings of text. Bytes are UTF-8; text that does not decode gives NULL. */
const ENCODINGS: readonly FunctionSignature[] = [
  textOrBytes('base64_encode', 'The text or the bytes in Base64.', [], 'STRING', {
    aliases: ['to_base64'],
  }),
  ofText('base64_decode', 'The text that is given in Base64.', 'STRING', ['from_base64']),
  ofText('url_encode', 'The text as a form field writes it, with + for a space.', 'STRING', [
    'encode_url',
    'url_encode_form_component',
  ]),
  ofText('url_decode', 'The text of a form field.', 'STRING', [
    'decode_url',
    'url_decode_form_component',
  ]),
];

/** Parts of URLs; NULL where there is none, or the text is no URL. */
const URLS: readonly FunctionSignature[] = [
  simple(
    'parse_url',
    'A part of a URL by its name, or the value of a key in its query.',
    ['STRING', 'STRING', 'STRING'],
    'STRING',
    { optionalCount: 1 },
  ),
  ofText('url_protocol', 'The protocol.'),
  ofText('url_domain', 'The host.', 'STRING', ['url_host']),
  ofText('url_domain_without_www', 'The host without www. at its start.'),
  ofText('url_top_level_domain', 'The last label of the host.'),
  ofText('url_first_significant_subdomain', 'The label of the host that names its owner.'),
  ofText('cut_to_first_significant_subdomain', 'The host from the label on that names its owner.'),
  ofText('url_netloc', 'The user, host and port.'),
  ofText('url_port', 'The port, −1 when none is given.', 'INT'),
  ofText('url_path', 'The path, decoded.'),
  ofText('url_path_with_query', 'The path with the query, as written.'),
  ofText('url_query_string', 'The query, as written.', 'STRING', ['url_query']),
  ofText('url_fragment', 'The fragment, decoded.'),
  ofText('url_query_string_and_fragment', 'The query and the fragment, decoded.'),
  simple(
    'extract_url_parameter',
    'The first value of a key in the query; empty when there is none.',
    ['STRING', 'STRING'],
    'STRING',
  ),
  ofText('cut_www', 'The URL without www. at the start of its host.'),
  ofText('cut_query_string', 'The URL without its query.'),
  ofText('cut_fragment', 'The URL without its fragment.'),
  ofText('cut_query_string_and_fragment', 'The URL without its query and fragment.'),
];

/** Addresses of the Internet Protocol, versions 4 and 6, as text. */
const ADDRESSES: readonly FunctionSignature[] = [
  simple(
    'is_subnet_of',
    'True when the subnet, given as address/bits, holds the address.',
    ['STRING', 'STRING'],
    'BOOLEAN',
  ),
  simple(
    'ip_prefix',
    'The subnet of an address, with so many bits, as address/bits.',
    ['STRING', 'BIGINT'],
    'STRING',
  ),
  ofText('ip_subnet_min', 'The lowest address of a subnet.'),
  ofText('ip_subnet_max', 'The highest address of a subnet.'),
];

/** Functions on encoded text, URLs and network addresses. */
export const URL_FUNCTIONS: readonly FunctionSignature[] = [...ENCODINGS, ...URLS, ...ADDRESSES];

function ofText(
  name: string,
  summary: string,
  result: DataType = 'STRING',
  aliases: readonly string[] = [],
): FunctionSignature {
  return simple(name, summary, ['STRING'], result, { aliases });
}
