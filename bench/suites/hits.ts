import type { BenchQuery, Suite } from '../suite.ts';
import { HITS_TABLE } from './hits-table.ts';

const JULY = `CounterID = 62 AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31'`;
const JULY_CUT = 'the OFFSET is smaller, as the table is';
const HOST_PATTERN = `^https?://(?:www\\.)?([^/]+)/.*$`;
const MINUTE = "DATE_TRUNC('minute', EventTime)";
const SUMS = Array.from({ length: 90 }, (_, added) =>
  added === 0 ? 'SUM(ResolutionWidth)' : `SUM(ResolutionWidth + ${added})`,
).join(', ');

/** One row, or rows in an order without ties. */
function total(sql: string, more: Partial<BenchQuery> = {}): Partial<BenchQuery> {
  return { sql, ordered: 'total', ...limitOf(sql), ...more };
}

/** Rows by a sort key, which is the column of this position in the answer. */
function by(sortKey: number, sql: string, more: Partial<BenchQuery> = {}): Partial<BenchQuery> {
  const offset = /OFFSET (\d+)/.exec(sql)?.[1];
  const cut = offset === undefined ? {} : { offset: Number(offset) };
  return { sql, ordered: 'ties', sortKeys: [sortKey], ...limitOf(sql), ...cut, ...more };
}

function limitOf(sql: string) {
  const limit = /LIMIT (\d+)/.exec(sql)?.[1];
  return limit === undefined ? {} : { limit: Number(limit) };
}

const QUERIES: readonly Partial<BenchQuery>[] = [
  total('SELECT COUNT(*) FROM hits'),
  total('SELECT COUNT(*) FROM hits WHERE AdvEngineID <> 0'),
  total('SELECT SUM(AdvEngineID), COUNT(*), AVG(ResolutionWidth) FROM hits'),
  total('SELECT AVG(UserID) FROM hits', {
    clickhouseSql: 'SELECT AVG(toFloat64(UserID)) FROM hits',
    adaptation: 'ClickHouse: as a double, because its sum of 64-bit integers overflows',
  }),
  total('SELECT COUNT(DISTINCT UserID) FROM hits'),
  total('SELECT COUNT(DISTINCT SearchPhrase) FROM hits'),
  total('SELECT MIN(EventDate), MAX(EventDate) FROM hits'),
  by(
    1,
    `SELECT AdvEngineID, COUNT(*) FROM hits WHERE AdvEngineID <> 0
GROUP BY AdvEngineID ORDER BY COUNT(*) DESC`,
  ),
  by(
    1,
    `SELECT RegionID, COUNT(DISTINCT UserID) AS u FROM hits
GROUP BY RegionID ORDER BY u DESC LIMIT 10`,
  ),
  by(
    2,
    `SELECT RegionID, SUM(AdvEngineID), COUNT(*) AS c, AVG(ResolutionWidth),
  COUNT(DISTINCT UserID) FROM hits GROUP BY RegionID ORDER BY c DESC LIMIT 10`,
  ),
  by(
    1,
    `SELECT MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits
WHERE MobilePhoneModel <> '' GROUP BY MobilePhoneModel ORDER BY u DESC LIMIT 10`,
  ),
  by(
    2,
    `SELECT MobilePhone, MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits
WHERE MobilePhoneModel <> '' GROUP BY MobilePhone, MobilePhoneModel ORDER BY u DESC LIMIT 10`,
  ),
  by(
    1,
    `SELECT SearchPhrase, COUNT(*) AS c FROM hits WHERE SearchPhrase <> ''
GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10`,
  ),
  by(
    1,
    `SELECT SearchPhrase, COUNT(DISTINCT UserID) AS u FROM hits WHERE SearchPhrase <> ''
GROUP BY SearchPhrase ORDER BY u DESC LIMIT 10`,
  ),
  by(
    2,
    `SELECT SearchEngineID, SearchPhrase, COUNT(*) AS c FROM hits WHERE SearchPhrase <> ''
GROUP BY SearchEngineID, SearchPhrase ORDER BY c DESC LIMIT 10`,
  ),
  by(1, 'SELECT UserID, COUNT(*) FROM hits GROUP BY UserID ORDER BY COUNT(*) DESC LIMIT 10'),
  by(
    2,
    `SELECT UserID, SearchPhrase, COUNT(*) FROM hits
GROUP BY UserID, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10`,
  ),
  {
    sql: 'SELECT UserID, SearchPhrase, COUNT(*) FROM hits GROUP BY UserID, SearchPhrase LIMIT 10',
    ordered: 'any',
    limit: 10,
  },
  by(
    3,
    `SELECT UserID, EXTRACT(MINUTE FROM EventTime) AS m, SearchPhrase, COUNT(*) FROM hits
GROUP BY UserID, m, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10`,
  ),
  { sql: 'SELECT UserID FROM hits WHERE UserID = 435090932899640449', ordered: 'none' },
  total("SELECT COUNT(*) FROM hits WHERE URL LIKE '%google%'"),
  by(
    2,
    `SELECT SearchPhrase, MIN(URL), COUNT(*) AS c FROM hits
WHERE URL LIKE '%google%' AND SearchPhrase <> ''
GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10`,
  ),
  by(
    3,
    `SELECT SearchPhrase, MIN(URL), MIN(Title), COUNT(*) AS c, COUNT(DISTINCT UserID) FROM hits
WHERE Title LIKE '%Google%' AND URL NOT LIKE '%.google.%' AND SearchPhrase <> ''
GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10`,
  ),
  by(4, "SELECT * FROM hits WHERE URL LIKE '%google%' ORDER BY EventTime LIMIT 10"),
  by(
    1,
    `SELECT SearchPhrase, EventTime FROM hits WHERE SearchPhrase <> ''
ORDER BY EventTime LIMIT 10`,
    { adaptation: 'also selects EventTime, without which ties cannot be told from errors' },
  ),
  by(
    0,
    `SELECT SearchPhrase FROM hits WHERE SearchPhrase <> ''
ORDER BY SearchPhrase LIMIT 10`,
  ),
  total(
    `SELECT SearchPhrase FROM hits WHERE SearchPhrase <> ''
ORDER BY EventTime, SearchPhrase LIMIT 10`,
  ),
  by(
    1,
    `SELECT CounterID, AVG(LENGTH(URL)) AS l, COUNT(*) AS c FROM hits WHERE URL <> ''
GROUP BY CounterID HAVING COUNT(*) > 1000 ORDER BY l DESC LIMIT 25`,
    {
      adaptation:
        'HAVING has a hundredth of the rows, as the table at scale 1; addresses are ASCII',
    },
  ),
  by(
    1,
    `SELECT REGEXP_REPLACE(Referer, '${HOST_PATTERN}', '\\1') AS k, AVG(LENGTH(Referer)) AS l,
  COUNT(*) AS c, MIN(Referer) FROM hits WHERE Referer <> ''
GROUP BY k HAVING COUNT(*) > 1000 ORDER BY l DESC LIMIT 25`,
    {
      nyalaSql: `SELECT REGEXP_REPLACE(Referer, '${HOST_PATTERN}', '$1') AS k,
  AVG(LENGTH(Referer)) AS l, COUNT(*) AS c, MIN(Referer) FROM hits WHERE Referer <> ''
GROUP BY k HAVING COUNT(*) > 1000 ORDER BY l DESC LIMIT 25`,
      adaptation: 'HAVING as before; Nyala writes a group as $1',
    },
  ),
  total(`SELECT ${SUMS} FROM hits`),
  by(
    2,
    `SELECT SearchEngineID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits
WHERE SearchPhrase <> '' GROUP BY SearchEngineID, ClientIP ORDER BY c DESC LIMIT 10`,
  ),
  by(
    2,
    `SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits
WHERE SearchPhrase <> '' GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10`,
  ),
  by(
    2,
    `SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits
GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10`,
  ),
  by(1, 'SELECT URL, COUNT(*) AS c FROM hits GROUP BY URL ORDER BY c DESC LIMIT 10'),
  by(2, 'SELECT 1, URL, COUNT(*) AS c FROM hits GROUP BY 1, URL ORDER BY c DESC LIMIT 10'),
  by(
    4,
    `SELECT ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3, COUNT(*) AS c FROM hits
GROUP BY ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3 ORDER BY c DESC LIMIT 10`,
  ),
  by(
    1,
    `SELECT URL, COUNT(*) AS PageViews FROM hits
WHERE ${JULY} AND DontCountHits = 0 AND IsRefresh = 0 AND URL <> ''
GROUP BY URL ORDER BY PageViews DESC LIMIT 10`,
  ),
  by(
    1,
    `SELECT Title, COUNT(*) AS PageViews FROM hits
WHERE ${JULY} AND DontCountHits = 0 AND IsRefresh = 0 AND Title <> ''
GROUP BY Title ORDER BY PageViews DESC LIMIT 10`,
  ),
  by(
    1,
    `SELECT URL, COUNT(*) AS PageViews FROM hits
WHERE ${JULY} AND IsRefresh = 0 AND IsLink <> 0 AND IsDownload = 0
GROUP BY URL ORDER BY PageViews DESC LIMIT 10 OFFSET 100`,
    { adaptation: JULY_CUT },
  ),
  by(
    5,
    `SELECT TraficSourceID, SearchEngineID, AdvEngineID,
  CASE WHEN (SearchEngineID = 0 AND AdvEngineID = 0) THEN Referer ELSE '' END AS Src, URL AS Dst,
  COUNT(*) AS PageViews FROM hits WHERE ${JULY} AND IsRefresh = 0
GROUP BY TraficSourceID, SearchEngineID, AdvEngineID, Src, Dst
ORDER BY PageViews DESC LIMIT 10 OFFSET 100`,
    { adaptation: JULY_CUT },
  ),
  by(
    2,
    `SELECT URLHash, EventDate, COUNT(*) AS PageViews FROM hits
WHERE ${JULY} AND IsRefresh = 0 AND TraficSourceID IN (-1, 6)
  AND RefererHash = 3594120000172545465
GROUP BY URLHash, EventDate ORDER BY PageViews DESC LIMIT 10 OFFSET 10`,
    { adaptation: JULY_CUT },
  ),
  by(
    2,
    `SELECT WindowClientWidth, WindowClientHeight, COUNT(*) AS PageViews FROM hits
WHERE ${JULY} AND IsRefresh = 0 AND DontCountHits = 0 AND URLHash = 2868770270353813622
GROUP BY WindowClientWidth, WindowClientHeight ORDER BY PageViews DESC LIMIT 10 OFFSET 100`,
    { adaptation: JULY_CUT },
  ),
  total(
    `SELECT ${MINUTE} AS M, COUNT(*) AS PageViews FROM hits
WHERE CounterID = 62 AND EventDate >= '2013-07-14' AND EventDate <= '2013-07-15'
  AND IsRefresh = 0 AND DontCountHits = 0
GROUP BY ${MINUTE} ORDER BY ${MINUTE} LIMIT 10 OFFSET 100`,
    { adaptation: JULY_CUT },
  ),
];

/**
 * ClickBench's forty-three queries (ClickHouse, Inc.), in its numbers from 0. ClickHouse sorts by the
 * key that the benchmark gives it.
 */
export const HITS: Suite = {
  name: 'hits',
  table: 'hits',
  source: HITS_TABLE,
  clickhouseOrderBy: ['CounterID', 'EventDate', 'UserID', 'EventTime', 'WatchID'],
  openingSql: 'SELECT SUM(CLID) FROM hits',
  queries: QUERIES.map((query, index) => {
    const { sql = '', ordered = 'none', ...more } = query;
    return { name: `q${String(index).padStart(2, '0')}`, sql, ordered, ...more };
  }),
};
