import assert from 'node:assert/strict';
import { it } from 'node:test';
import { serviceIdentity } from './service-identity.ts';

it('is named after the services folder, the innermost where there are two', () => {
  assert.equal(serviceIdentity('/srv/services/a/services/gateway/src/main.ts').name, 'sluice-gateway');
  assert.equal(serviceIdentity('services/provider-runner/src/main.ts').service, 'provider-runner');
  assert.equal(serviceIdentity('C:\\sluice\\services\\jobs\\src\\main.ts').name, 'sluice-jobs');
});

it('is Sluice itself outside a service', () => {
  assert.deepEqual(serviceIdentity('/opt/sluice/cli/src/main.ts'), { service: 'sluice', name: 'sluice' });
  assert.deepEqual(serviceIdentity(undefined), { service: 'sluice', name: 'sluice' });
});
