import { networkWithHttp } from './network-with-http.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const brokersNotAwaited: RoleSabotage = {
  name: 'brokers-not-awaited',
  sentence: 'A controller says that a load is done before brokers know of it.',
  plant: () => ({
    controller: (options) => ({
      ...options,
      network: networkWithHttp(options.network, async (request, send) => {
        if (!request.path.startsWith('/v1/routing/')) return send(request);
        const version = Number.MAX_SAFE_INTEGER;
        const body = new TextEncoder().encode(JSON.stringify({ version }));
        return { status: 200, headers: {}, body };
      }),
    }),
  }),
};
