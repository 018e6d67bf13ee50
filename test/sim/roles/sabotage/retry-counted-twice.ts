import { networkWithHttp } from './network-with-http.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const retryCountedTwice: RoleSabotage = {
  name: 'retry-counted-twice',
  sentence: 'After a leaf request that failed, an answer to the query is merged twice.',
  plant: () => ({
    broker: (options) => {
      let hasFailed = false;
      const network = networkWithHttp(options.network, (request, send) =>
        send(request).catch((error: unknown) => {
          hasFailed ||= request.path === '/v1/leaf';
          throw error;
        }),
      );
      return {
        ...options,
        network,
        reduce: (plan, partials, ...rest) => {
          const twice = hasFailed ? partials.slice(0, 1) : [];
          hasFailed = false;
          return options.reduce(plan, [...partials, ...twice], ...rest);
        },
      };
    },
  }),
};
