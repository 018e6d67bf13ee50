import { networkWithReceived, replaced } from './network-with-received.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const loadVisibleEarly: RoleSabotage = {
  name: 'load-visible-early',
  sentence: 'Brokers show a load, and hide what it replaces, before it is done.',
  plant: () => ({
    broker: (options) => ({
      ...options,
      network: networkWithReceived(options.network, () => (bytes) => [
        replaced(bytes, '"pending"', '"ignored"'),
      ]),
    }),
  }),
};
