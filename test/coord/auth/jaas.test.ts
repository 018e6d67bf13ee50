import { describe, expect, it } from 'vitest';
import { parseJaasUsers } from '../../../src/coord/auth/jaas.ts';

const MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule';

describe('a JAAS file', () => {
  it('names the users of a section, among comments and other sections', () => {
    const file = `
      // The servers' own.
      QuorumServer { ${MODULE} required user_zk="q"; };
      /* Clients;
         all of them */
      Server {
        ${MODULE} required # digest
        user_super="adminsecret"
        user_bob = "b;\\"o} b"
        debug=true;
      };`;
    expect([...parseJaasUsers(file)]).toEqual([
      ['super', 'adminsecret'],
      ['bob', 'b;"o} b'],
    ]);
    expect([...parseJaasUsers(file, 'QuorumServer')]).toEqual([['zk', 'q']]);
  });

  it.each([
    ['', /section 'Server', found none/],
    [`Servr { ${MODULE} required user_a="b"; };`, /did you mean Servr/],
    [
      'Server { com.sun.security.auth.module.Krb5LoginModule required; };',
      /Krb5LoginModule.*not supp/,
    ],
    [`Server { ${MODULE} required debug=true; };`, /expected users like/],
    [`Server { ${MODULE} perhaps user_a="b"; };`, /expected required, requisite/],
    [`Server { ${MODULE} required user_a "b"; };`, /expected =, found something else in line 1/],
    [`Server {\n ${MODULE} required user_a="b" };`, /expected an option or ;, found.*line 2/],
    [`Server { ${MODULE} required user_a="b"; }`, /expected ;, found the end of the file/],
    [`Server { ${MODULE} required user_a="b`, /closing quote/],
    ['Server', /expected {, found the end/],
  ])('is refused with its reason: %s', (file, message) => {
    expect(() => parseJaasUsers(file)).toThrow(message);
  });

  it('does not show passwords in errors', () => {
    const file = `Server { ${MODULE} required user_a="canary" "canary"; };`;
    expect(() => parseJaasUsers(file)).toThrow(/^((?!canary).)*$/);
  });
});
