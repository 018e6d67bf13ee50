import { Prng } from '../../src/base/prng.ts';
import { daysOf, listOf, mix, skewed } from './generate.ts';

/** What one hit's columns are made of. All of it is redrawn for each row. */
export interface Hit {
  readonly prng: Prng;
  /** The site. */
  counter: number;
  /** Seconds since 1970. */
  time: number;
  /** The visitor's number; frequent visitors have small ones. */
  user: number;
  /** A hash of the visitor, from which all that stays the same for one is taken. */
  userHash: number;
  /** The page's number within the site, and the number of the page that led here, or −1. */
  page: number;
  referer: number;
  /** The search that led here, or −1. */
  search: number;
  /** The row's number. */
  row: number;
}

/** The site that ClickBench's later queries look at. */
export const SITE = 62;
/** The share of rows that this site has; 0.7 % in the original, more so that its queries have rows. */
const SITE_SHARE = 0.02;
const SITES = 6500;
const SITE_PAGES_MAX = 200_000;
const DAYS = 31;
const SECONDS_PER_DAY = 86_400;
const FIRST_DAY = daysOf(2013, 7, 1);
const HOSTS = 3000;
const TOP_LEVELS = ['ru', 'com', 'net', 'ua', 'org', 'by', 'kz'];
const SYLLABLES = 'ba ko li mar no pe ri sta tu vo za dom shi kra len mir nov par sol tor'.split(
  ' ',
);
const CYRILLIC = (
  'авто купить цена москва фото смотреть онлайн бесплатно скачать работа новости погода карта дом ' +
  'квартира игры для девочек фильм сезон серия рецепт салат ремонт своими руками форум отзывы 2013 ' +
  'магазин одежда платье свадьба детский сад школа расписание поезд билеты турция отдых море'
).split(' ');

/**
 * Draws the hits of a table of `rowCount` rows: sites one after the other, as in the original file,
 * and the hits of one by day.
 */
export function hitDrawer(rowCount: number): () => Hit {
  const ends = siteEnds(rowCount);
  const hit: Hit = {
    ...{ prng: new Prng(0x415), counter: -1, time: 0, user: 0, userHash: 0 },
    ...{ page: 0, referer: 0, search: 0, row: -1 },
  };
  const users = Math.max(10, Math.ceil(rowCount * 0.4));
  const searches = Math.max(10, Math.ceil(rowCount * 0.1));
  let start = 0;
  let end = 0;
  return () => {
    const { prng } = hit;
    hit.row++;
    while (hit.row >= end) {
      hit.counter++;
      start = end;
      end = ends[hit.counter]!;
    }
    const rows = end - start;
    const day = FIRST_DAY + Math.floor(((hit.row - start) * DAYS) / rows);
    hit.time = day * SECONDS_PER_DAY + prng.integer(0, SECONDS_PER_DAY);
    hit.user = skewed(prng, users, 2);
    hit.userHash = mix(hit.user, 0x0a5e);
    const pages = Math.min(SITE_PAGES_MAX, Math.max(1, rows));
    hit.page = skewed(prng, pages, 4);
    hit.referer = prng.float() < 0.19 ? -1 : skewed(prng, pages, 4);
    hit.search = prng.float() < 0.13 ? skewed(prng, searches, 3) : -1;
    return hit;
  };
}

/** Where the rows of each site end: sizes fall as 1 / rank, in an order unlike the sites' numbers. */
function siteEnds(rowCount: number): number[] {
  const weights = listOf(SITES, (site) => 1 / (10 + (mix(site, 0x517e) % SITES)));
  weights[SITE] = 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0) / (1 - SITE_SHARE);
  weights[SITE] = total * SITE_SHARE;
  let sum = 0;
  const ends = weights.map((weight) => {
    sum += weight;
    return Math.round((rowCount * sum) / total);
  });
  ends[SITES - 1] = rowCount;
  return ends;
}

/** The address of a page of a site: one in some six thousand mentions google. */
export function pageUrl(site: number, page: number): string {
  const hash = mix(page, site * 31 + 1);
  const prefix = `http${hash % 5 === 0 ? 's' : ''}://${hash % 3 === 0 ? 'www.' : ''}${host(site)}/`;
  if (hash % 6007 === 0) return `${prefix}redirect?from=google&id=${page}`;
  const section = SYLLABLES[hash % SYLLABLES.length]!;
  const tail = hash % 4 === 0 ? `?id=${hash}&page=${page % 90}` : `${word(hash)}/${page}.html`;
  return `${prefix}${section}/${tail}`;
}

/** Where a visitor came from: another page of the site, or another site. */
export function refererUrl({ counter, referer }: Hit): string {
  if (referer < 0) return '';
  const hash = mix(referer, counter + 77);
  return hash % 3 === 0 ? pageUrl(hash % HOSTS, referer) : pageUrl(counter, referer);
}

/** A title of a page, the same for every visit; one in some thousand mentions Google. */
export function pageTitle({ counter, page }: Hit): string {
  const hash = mix(page, counter * 17 + 3);
  if (hash % 11 === 0) return '';
  const words = listOf(3 + (hash % 5), (index) => CYRILLIC[mix(hash, index) % CYRILLIC.length]!);
  const mention = hash % 1009 === 0 ? ' Google' : '';
  return `${words.join(' ')}${mention} — ${host(counter)} ${hash % 2000}`;
}

/** What was searched for; mostly nothing. */
export function searchPhrase({ search }: Hit): string {
  if (search < 0) return '';
  const hash = mix(search, 0x5ea);
  const words = listOf(1 + (hash % 4), (index) => CYRILLIC[mix(hash, index) % CYRILLIC.length]!);
  return `${words.join(' ')} ${hash % 3 === 0 ? word(hash) : search}`;
}

/** A 64-bit hash of two numbers, with its sign. */
export function hash64(value: number, salt: number): bigint {
  const high = BigInt(mix(value, salt) | 0);
  return (high << 32n) | BigInt(mix(value, salt ^ 0x7ab1e));
}

function host(site: number): string {
  const hash = mix(site, 0x4057);
  return `${word(hash)}${hash % 100}.${TOP_LEVELS[hash % TOP_LEVELS.length]}`;
}

function word(hash: number): string {
  const at = (shift: number) => SYLLABLES[(hash >>> shift) % SYLLABLES.length]!;
  return `${at(0)}${at(7)}${at(13)}`;
}
