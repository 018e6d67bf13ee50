import type { GeneratedColumn, GeneratedTable, GeneratedType } from '../suite.ts';
import { batchesOf, type GeneratedValue, mix } from './generate.ts';
import {
  type Hit,
  hash64,
  hitDrawer,
  pageTitle,
  pageUrl,
  refererUrl,
  SITE,
  searchPhrase,
} from './hits-values.ts';

/** Values that queries ask for; each belongs to the most frequent of its kind. */
const FREQUENT_USER = 435090932899640449n;
const FREQUENT_URL_HASH = 2868770270353813622n;
const FREQUENT_REFERER_HASH = 3594120000172545465n;

const WIDTHS = [1366, 1920, 1280, 1024, 1600, 1440, 1680, 320, 768, 0];
const HEIGHTS = [768, 1080, 800, 600, 900, 1050, 480, 1024, 0];
const PHONES =
  'iPad,iPhone,A500,N8-00,Galaxy Nexus,GT-I9300,Lumia 920,Nexus 7,HTC One,RM-914'.split(',');
const LANGUAGES = ['ru', 'uk', 'en', 'be', 'kk', 'de'];
const CHARSETS = ['utf-8', 'windows-1251', 'utf-8;charset=utf-8', 'koi8-r'];

interface HitColumn extends GeneratedColumn {
  readonly make: (hit: Hit) => GeneratedValue;
}

function column(
  name: string,
  type: GeneratedType,
  make: (hit: Hit) => GeneratedValue,
  clickhouse?: string,
): HitColumn {
  return { name, type, make, ...(clickhouse && { clickhouse }) };
}

/** Few different strings. */
function low(name: string, make: (hit: Hit) => string): HitColumn {
  return column(name, 'STRING', make, 'LowCardinality(String)');
}

/** The same value in nearly all rows. */
function rare(name: string, type: GeneratedType, share: number, limit: number): HitColumn {
  return column(name, type, ({ prng }) => (prng.float() < share ? prng.integer(1, limit) : 0));
}

/** A number below a limit that a visitor keeps; the smaller, the more frequent. */
function ofUser(name: string, type: GeneratedType, limit: number, salt: number): HitColumn {
  return column(name, type, ({ userHash }) => {
    const uniform = mix(userHash, salt) / 0x1_0000_0000;
    return Math.floor(limit * uniform * uniform * uniform);
  });
}

function empty(name: string): HitColumn {
  return low(name, ({ prng, row }) => (prng.float() < 0.001 ? `${name}${row % 50}` : ''));
}

function phone({ userHash }: Hit): string {
  if (userHash % 18 !== 0) return '';
  const hash = mix(userHash, 5);
  const model = PHONES[hash % PHONES.length]!;
  return hash % 4 === 0 ? `${model} ${hash % 16}` : model;
}

function timing(name: string, scale: number): HitColumn {
  return column(name, 'INT', ({ prng }) => {
    const uniform = prng.float();
    return Math.floor(scale * uniform * uniform * uniform * uniform);
  });
}

const micros = (seconds: number) => BigInt(seconds) * 1_000_000n;
const zone = ({ userHash }: Hit) => (userHash % 9) - 1;

const COLUMNS: readonly HitColumn[] = [
  column('WatchID', 'BIGINT', ({ row }) => hash64(row, 0x3a7c4)),
  column('JavaEnable', 'SMALLINT', ({ userHash }) => (userHash % 4 === 0 ? 0 : 1)),
  column('Title', 'STRING', pageTitle),
  column('GoodEvent', 'SMALLINT', () => 1),
  column('EventTime', 'TIMESTAMP', ({ time }) => micros(time), "DateTime('UTC')"),
  column('EventDate', 'DATE', ({ time }) => Math.floor(time / 86_400), 'Date'),
  column('CounterID', 'INT', ({ counter }) => counter),
  column('ClientIP', 'INT', ({ userHash }) => mix(userHash, 1) | 0),
  ofUser('RegionID', 'INT', 9000, 2),
  column('UserID', 'BIGINT', ({ user }) => (user === 0 ? FREQUENT_USER : hash64(user, 0x05e4))),
  column('CounterClass', 'SMALLINT', ({ counter }) => (counter % 5 === 0 ? 1 : 0)),
  ofUser('OS', 'SMALLINT', 96, 3),
  ofUser('UserAgent', 'SMALLINT', 82, 4),
  column('URL', 'STRING', ({ counter, page }) => pageUrl(counter, page)),
  column('Referer', 'STRING', refererUrl),
  rare('IsRefresh', 'SMALLINT', 0.14, 2),
  column('RefererCategoryID', 'SMALLINT', ({ counter }) => mix(counter, 6) % 30),
  column('RefererRegionID', 'INT', ({ counter }) => mix(counter, 7) % 500),
  column('URLCategoryID', 'SMALLINT', ({ counter }) => mix(counter, 8) % 30),
  column('URLRegionID', 'INT', ({ counter }) => mix(counter, 9) % 500),
  column('ResolutionWidth', 'SMALLINT', (h) => WIDTHS[mix(h.userHash, 10) % WIDTHS.length]!),
  column('ResolutionHeight', 'SMALLINT', (h) => HEIGHTS[mix(h.userHash, 11) % HEIGHTS.length]!),
  column('ResolutionDepth', 'SMALLINT', ({ userHash }) => (userHash % 7 === 0 ? 24 : 32)),
  ofUser('FlashMajor', 'SMALLINT', 12, 12),
  ofUser('FlashMinor', 'SMALLINT', 10, 13),
  low('FlashMinor2', ({ userHash }) => String(mix(userHash, 14) % 700)),
  rare('NetMajor', 'SMALLINT', 0.1, 5),
  rare('NetMinor', 'SMALLINT', 0.1, 9),
  ofUser('UserAgentMajor', 'SMALLINT', 50, 15),
  low('UserAgentMinor', ({ userHash }) => `${'Da0b1'[userHash % 5]}${userHash % 4}`),
  column('CookieEnable', 'SMALLINT', ({ userHash }) => (userHash % 500 === 0 ? 0 : 1)),
  column('JavascriptEnable', 'SMALLINT', ({ userHash }) => (userHash % 400 === 0 ? 0 : 1)),
  column('IsMobile', 'SMALLINT', (hit) => (phone(hit) === '' ? 0 : 1)),
  column('MobilePhone', 'SMALLINT', (hit) => (phone(hit) === '' ? 0 : hit.userHash % 60)),
  low('MobilePhoneModel', phone),
  column('Params', 'STRING', ({ prng, row }) => (prng.float() < 0.01 ? `{"id":${row}}` : '')),
  ofUser('IPNetworkID', 'INT', 4_000_000, 16),
  column('TraficSourceID', 'SMALLINT', ({ prng, search }) =>
    search >= 0 ? 2 : prng.integer(-1, 8),
  ),
  column('SearchEngineID', 'SMALLINT', ({ search }) => (search < 0 ? 0 : 2 + (search % 3) * 5)),
  column('SearchPhrase', 'STRING', searchPhrase),
  rare('AdvEngineID', 'SMALLINT', 0.0063, 19),
  rare('IsArtifical', 'SMALLINT', 0.02, 2),
  column('WindowClientWidth', 'SMALLINT', ({ userHash }) => mix(userHash, 17) % 1900),
  column('WindowClientHeight', 'SMALLINT', ({ userHash }) => mix(userHash, 18) % 1100),
  column('ClientTimeZone', 'SMALLINT', (hit) => zone(hit) * 60),
  column(
    'ClientEventTime',
    'TIMESTAMP',
    (hit) => micros(hit.time + zone(hit) * 3600 - hit.prng.integer(0, 90)),
    "DateTime('UTC')",
  ),
  ofUser('SilverlightVersion1', 'SMALLINT', 6, 19),
  rare('SilverlightVersion2', 'SMALLINT', 0.2, 2),
  ofUser('SilverlightVersion3', 'INT', 60_000, 20),
  rare('SilverlightVersion4', 'SMALLINT', 0.01, 2),
  low('PageCharset', ({ counter }) => CHARSETS[mix(counter, 21) % CHARSETS.length]!),
  column('CodeVersion', 'INT', ({ counter }) => 1 + (mix(counter, 22) % 1600)),
  rare('IsLink', 'SMALLINT', 0.2, 2),
  rare('IsDownload', 'SMALLINT', 0.01, 2),
  rare('IsNotBounce', 'SMALLINT', 0.3, 2),
  column('FUniqID', 'BIGINT', ({ user }) => (user % 5 === 0 ? 0n : hash64(user, 0xf1))),
  column('OriginalURL', 'STRING', ({ prng, counter, page }) =>
    prng.float() < 0.1 ? pageUrl(counter, page) : '',
  ),
  column('HID', 'INT', ({ prng }) => prng.integer(0, 2 ** 30)),
  rare('IsOldCounter', 'SMALLINT', 0.001, 2),
  rare('IsEvent', 'SMALLINT', 0.001, 2),
  rare('IsParameter', 'SMALLINT', 0.001, 2),
  rare('DontCountHits', 'SMALLINT', 0.1, 2),
  rare('WithHash', 'SMALLINT', 0.001, 2),
  low('HitColor', ({ prng }) => 'EFDCB5'[prng.integer(0, 6)]!),
  column('LocalEventTime', 'TIMESTAMP', (h) => micros(h.time + zone(h) * 3600), "DateTime('UTC')"),
  ofUser('Age', 'SMALLINT', 60, 23),
  ofUser('Sex', 'SMALLINT', 3, 24),
  ofUser('Income', 'SMALLINT', 5, 25),
  ofUser('Interests', 'SMALLINT', 32_000, 26),
  rare('Robotness', 'SMALLINT', 0.01, 8),
  column('RemoteIP', 'INT', ({ userHash }) => mix(userHash, 27) | 0),
  column('WindowName', 'INT', ({ prng }) => (prng.float() < 0.6 ? -1 : prng.integer(0, 90_000))),
  column('OpenerName', 'INT', ({ prng }) => (prng.float() < 0.9 ? -1 : prng.integer(0, 90_000))),
  column('HistoryLength', 'SMALLINT', ({ prng }) => prng.integer(-1, 50)),
  low('BrowserLanguage', ({ userHash }) => LANGUAGES[Math.min(5, userHash % 40)]!),
  low('BrowserCountry', ({ userHash }) => LANGUAGES[Math.min(5, userHash % 50)]!.toUpperCase()),
  empty('SocialNetwork'),
  empty('SocialAction'),
  rare('HTTPError', 'SMALLINT', 0.001, 600),
  timing('SendTiming', 20_000),
  timing('DNSTiming', 2_000),
  timing('ConnectTiming', 3_000),
  timing('ResponseStartTiming', 9_000),
  timing('ResponseEndTiming', 15_000),
  timing('FetchTiming', 30_000),
  rare('SocialSourceNetworkID', 'SMALLINT', 0.02, 10),
  empty('SocialSourcePage'),
  column('ParamPrice', 'BIGINT', ({ prng }) =>
    prng.float() < 0.001 ? BigInt(prng.integer(1, 100_000)) : -1n,
  ),
  empty('ParamOrderID'),
  low('ParamCurrency', () => 'NH\u001c'),
  rare('ParamCurrencyID', 'SMALLINT', 0.001, 5),
  empty('OpenstatServiceName'),
  empty('OpenstatCampaignID'),
  empty('OpenstatAdID'),
  empty('OpenstatSourceID'),
  empty('UTMSource'),
  empty('UTMMedium'),
  empty('UTMCampaign'),
  empty('UTMContent'),
  empty('UTMTerm'),
  empty('FromTag'),
  rare('HasGCLID', 'SMALLINT', 0.01, 2),
  column('RefererHash', 'BIGINT', ({ counter, referer }) =>
    counter === SITE && referer === 0 ? FREQUENT_REFERER_HASH : hash64(referer, counter + 0x4ef),
  ),
  column('URLHash', 'BIGINT', ({ counter, page }) =>
    counter === SITE && page === 0 ? FREQUENT_URL_HASH : hash64(page, counter + 0x041),
  ),
  rare('CLID', 'INT', 0.02, 9_000_000),
];

/**
 * A table in the shape of ClickBench's `hits`: its 105 columns, with shares and numbers of distinct
 * values like those that are known of the original (SearchPhrase empty in 87 %, MobilePhoneModel in
 * 95 %, AdvEngineID 0 in 99.4 %, few visitors with many hits), and like it in the order of CounterID
 * and date. None of the values is from the original.
 */
export const HITS_TABLE: GeneratedTable = {
  version: 1,
  rowsAtScale1: 1_000_000,
  columns: COLUMNS.map(({ make: _, ...declared }) => declared),
  batches: (rowCount) => {
    const draw = hitDrawer(rowCount);
    return batchesOf(COLUMNS, rowCount, () => {
      const hit = draw();
      return COLUMNS.map(({ make }) => make(hit));
    });
  },
};
