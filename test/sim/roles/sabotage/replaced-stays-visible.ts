import { networkWithReceived, replaced } from './network-with-received.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const replacedStaysVisible: RoleSabotage = {
  name: 'replaced-stays-visible',
  sentence: 'Brokers still show what was replaced or dropped, beside what has taken its place.',
  plant: () => ({
    broker: (options) => ({
      ...options,
      network: networkWithReceived(options.network, () => (bytes) => [
        replaced(bytes, '"replacedBy"', '"overlooked"'),
      ]),
    }),
  }),
};
