import type { LeafRequest } from '../../../../src/exec/leaf-service.ts';
import { networkWithHttp } from './network-with-http.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const hedgeCountedTwice: RoleSabotage = {
  name: 'hedge-counted-twice',
  sentence: 'When two servers are asked for a segment at the same time, both are counted.',
  plant: () => ({
    broker: (options) => {
      const asked = new Map<string, number>();
      let isTwice = false;
      const network = networkWithHttp(options.network, async (request, send) => {
        if (request.path !== '/v1/leaf') return send(request);
        const { id = '', segments }: LeafRequest = JSON.parse(String(request.body));
        const query = id.slice(0, id.lastIndexOf('-'));
        const keys = segments.map((segment) => `${query} ${segment}`);
        for (const key of keys) {
          const count = (asked.get(key) ?? 0) + 1;
          asked.set(key, count);
          isTwice ||= count > 1;
        }
        try {
          return await send(request);
        } finally {
          for (const key of keys) asked.set(key, asked.get(key)! - 1);
        }
      });
      return {
        ...options,
        network,
        reduce: (plan, partials, ...rest) => {
          const twice = isTwice ? partials.slice(0, 1) : [];
          isTwice = false;
          return options.reduce(plan, [...partials, ...twice], ...rest);
        },
      };
    },
  }),
};
