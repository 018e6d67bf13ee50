import { Raft } from '../../../src/coord/core/raft/raft.ts';
import { RAFT_RULES, type RaftRules } from '../../../src/coord/core/raft/rules.ts';
import type { Alterations } from '../cluster-node.ts';

/** Nodes whose consensus goes by other rules. */
export function withRules(rules: Partial<RaftRules>): Alterations {
  return {
    parts: () => ({
      createRaft: (options) => new Raft({ ...options, rules: { ...RAFT_RULES, ...rules } }),
    }),
  };
}
