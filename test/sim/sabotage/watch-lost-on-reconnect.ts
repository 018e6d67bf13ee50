import { answerRead } from '../../../src/coord/core/reads.ts';
import type { Sabotage } from './sabotage.ts';

export const watchLostOnReconnect: Sabotage = {
  name: 'watch-lost-on-reconnect',
  sentence: 'A client that comes back has its watches acknowledged, and they are not set.',
  plant: () => ({
    parts: () => ({
      answerRead: (state, watches, reader, request) => {
        const none = { data: [], exist: [], child: [], persistent: [], recursive: [] };
        const heard = request.kind === 'setWatches' ? { ...request, ...none } : request;
        return answerRead(state, watches, reader, heard);
      },
    }),
  }),
};
