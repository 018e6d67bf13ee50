import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/client/index.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';

const folder = temporaryFolder();
const opened: Database[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

async function open(name: string): Promise<Database> {
  const memoryBytes = 256 * 1_048_576;
  const database = await openDatabase({
    dataDirectory: folder.path(name),
    memoryBytes,
    threads: 1,
  });
  opened.push(database);
  return database;
}

const people = folder.write('people.csv', 'id,name,born\n1,Ada,1815-12-10\n2,,1912-06-23\n');
const more = folder.write('more.csv', 'id,name,born\n3,Grace,1906-12-09\n');

describe('an embedded database', () => {
  it('loads files and answers with JavaScript values', async () => {
    const database = await open('values');
    const report = await database.load('people', [people]);
    expect(report).toMatchObject({ rowsRead: 2, rowsAccepted: 2, rowsRejected: 0 });
    const answer = await database.sql(
      'SELECT id, name, id > 1, AVG(id) FROM people GROUP BY id, name ORDER BY id',
    );
    expect(answer.columns.map(({ type }) => type)).toEqual([
      'BIGINT',
      'STRING',
      'BOOLEAN',
      'DOUBLE',
    ]);
    expect(answer.rows[0]).toEqual([1n, 'Ada', false, 1]);
    expect(answer.stats).toMatchObject({ totalDocs: 2, segmentsQueried: 1 });
    expect((await database.sql('SELECT 1 + 1')).rows).toHaveLength(1);
    expect(
      (await database.sql('EXPLAIN PLAN FOR SELECT * FROM people')).rows.length,
    ).toBeGreaterThan(1);
    const analyzed = await database.sql('EXPLAIN ANALYZE SELECT id FROM people WHERE id > 1');
    expect(analyzed.rows.map(([line]) => line)).toContainEqual(
      expect.stringMatching(/^Filter \[id > 1\] \[rows: 2 → 1\].*\[time: /),
    );
    expect((await database.sql("SHOW FUNCTIONS LIKE 'sq_t'")).rows).toEqual([
      ['sqrt', 'dsqrt', '(DOUBLE) → DOUBLE', 'The square root.'],
    ]);
  });

  it('has its tables when it is opened again', async () => {
    const first = await open('again');
    await first.load('people', [people]);
    await first.load('people', [more]);
    await first.close();
    const second = await open('again');
    expect(second.tables()).toMatchObject([{ rowCount: 3, segmentCount: 2 }]);
    expect((await second.sql('SELECT COUNT(*) FROM people')).rows).toEqual([[3n]]);
  });

  it('keeps nothing of a load that failed, in the table or on the disk', async () => {
    const database = await open('failed');
    await database.load('people', [people]);
    const before = readdirSync(folder.path('failed/segments/people'));
    const bad = folder.write('bad.csv', 'id,name,born\n4,Alan,1912-06-23\nx,Eve,1900-01-01\n');
    await expect(database.load('people', [more, bad])).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    });
    expect((await database.sql('SELECT COUNT(*) FROM people')).rows).toEqual([[2n]]);
    expect(readdirSync(folder.path('failed/segments/people'))).toEqual(before);
  });

  it('does not show segments of a load that was cut off by a crash', async () => {
    const database = await open('crash');
    await database.load('people', [people]);
    await database.close();
    const segments = folder.path('crash/segments/people');
    const [file] = readdirSync(segments);
    writeFileSync(`${segments}/orphan.segment`, `half of ${file}`);
    const again = await open('crash');
    expect((await again.sql('SELECT COUNT(*) FROM people')).rows).toEqual([[2n]]);
  });

  it('says which file is damaged or missing', async () => {
    const database = await open('damaged');
    await database.load('people', [people]);
    await database.close();
    const segments = folder.path('damaged/segments/people');
    const [file] = readdirSync(segments);
    writeFileSync(`${segments}/${file}`, 'x'.repeat(500));
    await expect(open('damaged')).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
      message: expect.stringContaining(file!),
    });
    rmSync(`${segments}/${file}`);
    await expect(open('damaged')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    writeFileSync(folder.path('damaged/catalog.json'), '[1]');
    await expect(open('damaged')).rejects.toThrow('catalog.json');
  });

  it('refuses too little memory, unknown names and odd table names', async () => {
    const tooLittle = { dataDirectory: folder.path('little'), memoryBytes: 1_048_576 };
    await expect(openDatabase(tooLittle)).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    const database = await open('names');
    await expect(database.sql('SELECT * FROM nothing')).rejects.toMatchObject({
      code: 'UNKNOWN_TABLE',
      position: { line: 1 },
    });
    await expect(database.load('../x', [people])).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  describe('table configuration', () => {
    const config = {
      tableIndexConfig: { invertedIndexColumns: ['name'], bloomFilterColumns: ['id'] },
    };

    it('indexes a table that has data, and is kept', async () => {
      const database = await open('configured');
      const both = folder.write('both.csv', 'id,name,born\n4,Mary,1780-12-26\n1,Ada,1815-12-10\n');
      await database.load('people', [both]);
      await database.load('people', [more]);
      const query = "SELECT id FROM people WHERE name = 'Ada'";
      const before = await database.sql(query);
      expect(database.tableConfig('people')).toEqual({});
      const running = database.sql(query);
      await database.configure('people', config);
      expect((await running).rows).toEqual(before.rows);
      const after = await database.sql(`SET useIndexes = always; ${query}`);
      expect(after.rows).toEqual(before.rows);
      expect(after.stats.indexesUsed).toEqual(['inverted(name)']);
      const { rows } = await database.sql(`EXPLAIN ${query}`);
      expect(rows.map(([operator]) => operator)).toContain(
        "Filter [name = 'Ada'] [indexes: inverted(name)]",
      );
      await database.close();
      const again = await open('configured');
      expect(again.tableConfig('people')).toEqual(config);
      await again.load('people', [more]);
      const gone = await again.sql('SELECT COUNT(*) FROM people WHERE id = 2000');
      expect(gone).toMatchObject({ rows: [[0n]], stats: { segmentsPruned: 3 } });
      await again.configure('people', {});
      const plain = await again.sql(`SET useIndexes = always; ${query}`);
      expect(plain.rows).toEqual(before.rows);
      expect(plain.stats.indexesUsed).toEqual([]);
    });

    it('gives a table that has data a star-tree, which EXPLAIN shows', async () => {
      const database = await open('configured-tree');
      await database.load('people', [people]);
      await database.load('people', [more]);
      const query = 'SELECT name, COUNT(*), SUM(id) FROM people GROUP BY name ORDER BY name';
      const { rows } = await database.sql(query);
      const tree = {
        ...{ dimensionsSplitOrder: ['name', 'born'], functionColumnPairs: ['SUM__id'] },
        ...{ maxLeafRecords: 1, skipStarNodeCreationForDimensions: ['born'] },
      };
      await database.configure('people', { tableIndexConfig: { starTreeIndexConfigs: [tree] } });
      const answer = await database.sql(query);
      expect(answer.rows).toEqual(rows);
      expect(answer.stats.indexesUsed).toEqual(['startree(name, born)']);
      const explain = async (text: string) =>
        (await database.sql(text)).rows.map(([operator]) => String(operator).trim());
      const aggregate =
        'Aggregate [keys: name] [aggregates: count(*), sum(id)] [indexes: startree(name, born)]';
      expect(await explain(`EXPLAIN ${query}`)).toContain(aggregate);
      const off = await explain(`SET useStarTree = false; EXPLAIN ${query}`);
      expect(off).toContain('Aggregate [keys: name] [aggregates: count(*), sum(id)]');
      expect(await explain(`EXPLAIN ANALYZE ${query}`)).toContainEqual(
        expect.stringMatching(/^Aggregate .*\[time: .* ms\] \[indexes: startree\(name, born\)\]$/),
      );
    });

    it('gives a table that has data truncated moments, which EXPLAIN shows', async () => {
      const database = await open('configured-moments');
      const visits = folder.write(
        'visits.csv',
        'id,at\n1,2024-01-01 10:00:00\n2,2024-02-03 11:30:00\n',
      );
      await database.load('visits', [visits]);
      const query =
        "SELECT DATETRUNC('MONTH', at) AS m, COUNT(*) FROM visits GROUP BY m ORDER BY m";
      const { rows } = await database.sql(query);
      const timestampConfig = { granularities: ['MONTH'] };
      const field = { name: 'at', indexTypes: ['TIMESTAMP'], timestampConfig };
      await database.configure('visits', { fieldConfigList: [field] });
      const answer = await database.sql(query);
      expect(answer.rows).toEqual(rows);
      expect(answer.stats.indexesUsed).toEqual(['timestamp($at$MONTH)']);
      const explain = async (text: string) =>
        (await database.sql(text)).rows.map(([operator]) => String(operator).trim());
      expect(await explain(`EXPLAIN ${query}`)).toEqual([
        expect.stringMatching(/^Reduce /),
        'Aggregate [keys: $at$MONTH] [aggregates: count(*)]',
        'Scan visits [columns: $at$MONTH] [indexes: timestamp($at$MONTH)]',
      ]);
      expect(await explain(`EXPLAIN ANALYZE ${query}`)).toContainEqual(
        expect.stringMatching(/^Scan visits .* \[indexes: timestamp\(\$at\$MONTH\)\]$/),
      );
      expect((await database.sql('SELECT * FROM visits LIMIT 1')).columns).toHaveLength(2);
    });

    it('of a new table comes with its first load', async () => {
      const database = await open('configured-first');
      const sorted = { tableIndexConfig: { sortedColumn: ['born'] } };
      await database.load('people', [people], { config: sorted });
      expect((await database.sql('SELECT id FROM people LIMIT 1')).rows).toEqual([[1n]]);
      const { stats } = await database.sql(
        "SELECT COUNT(*) FROM people WHERE born > DATE '1900-01-01'",
      );
      expect(stats.indexesUsed).toEqual(['sorted(born)']);
      await expect(database.load('people', [people], { config })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    });

    it('that cannot be changes nothing', async () => {
      const database = await open('configured-wrong');
      await database.load('people', [people]);
      const wrong = { tableIndexConfig: { invertedIndexColumns: ['nam'] } };
      await expect(database.configure('people', wrong)).rejects.toThrow(/did you mean name/);
      await expect(database.configure('peple', {})).rejects.toThrow(/did you mean people/);
      expect(database.tableConfig('people')).toEqual({});
      expect((await database.sql('SELECT COUNT(*) FROM people')).rows).toEqual([[2n]]);
    });
  });
});
