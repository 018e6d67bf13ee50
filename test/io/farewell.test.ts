import { expect, it } from 'vitest';
import { Farewell } from '../../src/io/farewell.ts';

it('goes on answering and says that it will be gone', async () => {
  const farewell = new Farewell();
  const handler = farewell.around(() => new Response('answer'));
  const ask = async (path: string) => {
    const response = await handler(new Request(`http://role${path}`));
    const { status, headers } = response;
    return [status, await response.text(), headers.get('connection')];
  };
  expect(await ask('/health')).toEqual([200, 'answer', null]);
  farewell.begin();
  expect(await ask('/query')).toEqual([200, 'answer', 'close']);
  expect(await ask('/health')).toEqual([503, 'SHUTTING_DOWN', 'close']);
});
