import type { BrokerOptions } from '../../../src/broker/role.ts';
import type { ControllerOptions } from '../../../src/controller/role.ts';
import type { ServerOptions } from '../../../src/server/role.ts';
import type { RoleMachine } from './role-machine.ts';

/** What a planted bug changes in roles; nothing by default. */
export interface RoleAlterations {
  readonly controller?: (options: ControllerOptions, machine: RoleMachine) => ControllerOptions;
  readonly server?: (options: ServerOptions, machine: RoleMachine) => ServerOptions;
  readonly broker?: (options: BrokerOptions, machine: RoleMachine) => BrokerOptions;
}
