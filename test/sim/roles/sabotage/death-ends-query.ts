import { EngineError } from '../../../../src/base/errors.ts';
import { networkWithHttp } from './network-with-http.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const deathEndsQuery: RoleSabotage = {
  name: 'death-ends-query',
  sentence: 'A broker does not ask another replica when a server is gone.',
  plant: () => ({
    broker: (options) => ({
      ...options,
      network: networkWithHttp(options.network, (request, send) =>
        send(request).catch((error: unknown) => {
          const isGone = error instanceof EngineError && error.code === 'SERVER_UNAVAILABLE';
          if (!isGone || request.path !== '/v1/leaf') throw error;
          throw new EngineError('TIMEOUT', error.message);
        }),
      ),
    }),
  }),
};
