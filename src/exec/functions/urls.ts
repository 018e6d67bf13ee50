import { decodePercents } from './encodings.ts';
import { callError, type Implementation } from './implementation.ts';
import { textFunction } from './text-apply.ts';

/** Parts of URLs, NULL where there is none. */
export const URLS: Readonly<Record<string, Implementation>> = {
  parse_url: textFunction((call) => (url: string, part: string, key?: string) => {
    const read = IMPALA_PARTS.get(part);
    if (read === undefined) {
      const names = [...IMPALA_PARTS.keys()].join(', ');
      throw callError(call, 'INVALID_QUERY', `expected one of ${names}, found '${part}'`);
    }
    const parts = parseUrl(url.trim());
    if (parts?.authority === undefined) return null;
    if (key === undefined) return read(parts) ?? null;
    return part === 'QUERY' ? (parameterOf(parts.query, key) ?? null) : null;
  }),
  url_protocol: part(({ protocol }) => protocol),
  url_domain: part(hostOf),
  url_domain_without_www: part((url) => hostOf(url)?.replace(/^www\./, '')),
  url_top_level_domain: part((url) => hostOf(url)?.split('.').at(-1)),
  url_first_significant_subdomain: part((url) => significantLabels(url)?.[0]),
  cut_to_first_significant_subdomain: part((url) => significantLabels(url)?.join('.')),
  url_netloc: part(({ authority }) => authority),
  url_port: textFunction(() => (url: string) => {
    const { authority } = parseUrl(url) ?? {};
    const port = authority === undefined ? undefined : splitAuthority(authority).port;
    return port === undefined ? -1 : Number(port);
  }),
  url_path: part((url) => (isFull(url) ? decoded(url.path) : undefined)),
  url_path_with_query: part((url) => {
    return isFull(url) ? url.path + (url.query === undefined ? '' : `?${url.query}`) : undefined;
  }),
  url_query_string: part(({ query }) => query),
  url_fragment: part(({ fragment }) => decoded(fragment)),
  url_query_string_and_fragment: part(({ query, fragment }) => {
    const present = [query, fragment].filter((text) => text !== undefined && text !== '');
    if (query === undefined && fragment === undefined) return undefined;
    return decoded(present.join('#'));
  }),
  extract_url_parameter: textFunction(() => (url: string, key: string) => {
    return decoded(parameterOf(parseUrl(url)?.query, key)) ?? '';
  }),
  cut_www: textFunction(() => (url: string) => {
    return url.replace(/^(?<start>(?:[A-Za-z][\w+.-]*:)?\/\/(?:[^/?#@]*@)?)www\./, '$<start>');
  }),
  cut_query_string: textFunction(() => (url: string) => url.replace(/\?[^#]*/, '')),
  cut_fragment: textFunction(() => (url: string) => url.replace(/#.*/s, '')),
  cut_query_string_and_fragment: textFunction(() => (url: string) => url.replace(/[?#].*/s, '')),
};

/** The five components, as written; those that are not there are undefined. */
interface UrlParts {
  readonly protocol: string | undefined;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

/** The components of any reference, by RFC 3986, appendix B. */
const COMPONENTS =
  /^(?:(?<protocol>[A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?<authority>[^/?#]*))?(?<path>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/s;

/** Characters that a URL cannot contain, and percent signs without their two digits. */
const FORBIDDEN = /[\s"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})/;

/** Hosts and ports of a port number's digits; a host in brackets is an address of version 6. */
const AUTHORITY = /^(?:(?<user>[^@]*)@)?(?<host>\[[^\]]*\]|[^:@]*)(?::(?<port>\d{1,9})?)?$/;

/** What Impala's PARSE_URL calls the parts; they are as written, never decoded. */
const IMPALA_PARTS: ReadonlyMap<string, (url: UrlParts) => string | undefined> = new Map([
  ['AUTHORITY', ({ authority }: UrlParts) => authority],
  ['FILE', ({ path, query }) => path + (query === undefined ? '' : `?${query}`)],
  ['HOST', hostOf],
  ['PATH', ({ path }) => path],
  ['PROTOCOL', ({ protocol }) => protocol],
  ['QUERY', ({ query }) => query],
  ['REF', ({ fragment }) => fragment],
  ['USERINFO', ({ authority }) => splitAuthority(authority ?? '').user],
]);

/** Second-level names of these are what people register; elsewhere one level more belongs to it. */
const SHORT_ENDINGS: ReadonlySet<string> = new Set(['com', 'net', 'org', 'co']);

function part(read: (url: UrlParts) => string | null | undefined): Implementation {
  return textFunction(() => (text: string) => {
    const url = parseUrl(text);
    return url === null ? null : (read(url) ?? null);
  });
}

function parseUrl(text: string): UrlParts | null {
  const groups = FORBIDDEN.test(text) ? undefined : COMPONENTS.exec(text)?.groups;
  if (groups === undefined) return null;
  const { protocol, authority, path = '', query, fragment } = groups;
  return { protocol, authority, path, query, fragment };
}

function splitAuthority(authority: string): {
  readonly user?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
} {
  return AUTHORITY.exec(authority)?.groups ?? {};
}

function hostOf({ authority }: UrlParts): string | undefined {
  const host = authority === undefined ? undefined : splitAuthority(authority).host;
  return host === '' ? undefined : host;
}

function isFull(url: UrlParts): boolean {
  return url.protocol !== undefined && hostOf(url) !== undefined;
}

/** Pinot's rule: the label before .com, .net, .org or .co, elsewhere the third from the end. */
function significantLabels(url: UrlParts): readonly string[] | undefined {
  const labels = hostOf(url)?.split('.');
  if (labels === undefined || labels.length <= 2) return labels;
  return labels.slice(SHORT_ENDINGS.has(labels.at(-1)!) ? -2 : -3);
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (decodePercents(text) ?? undefined);
}

/** The first value of a key in a query, as written. */
function parameterOf(query: string | undefined, key: string): string | undefined {
  for (const pair of query?.split('&') ?? []) {
    const [name, ...value] = pair.split('=');
    if (name === key) return value.join('=');
  }
  return undefined;
}
