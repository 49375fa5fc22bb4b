import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBaseUrl, isPrivateAddress, parseAllowedHosts } from './base-url-rule.ts';

test('https to a public host is allowed', () => {
  for (const url of [
    'https://api.openai.com/v1',
    'https://8.8.8.8/v1',
    'https://[2606:4700::1111]:8443/v1',
  ]) {
    assert.equal(checkBaseUrl(url, []), null, url);
  }
});

test('http is refused, unless the operator names the host', () => {
  assert.match(checkBaseUrl('http://models.example/v1', []) ?? '', /https/);
  assert.equal(checkBaseUrl('http://models.example/v1', ['models.example']), null);
  assert.equal(checkBaseUrl('http://models.example/v1', ['models.example:80']), null);
  assert.match(checkBaseUrl('http://models.example:81/v1', ['models.example:80']) ?? '', /https/);
});

const PRIVATE = [
  ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200', '0.0.0.0'],
  ...['2130706433', '0x7f.1', '0177.0.0.1', '127.1', '168.63.129.16', '198.18.0.1', '255.255.255.255'],
  ...['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'metadata.google.internal'],
  ...['[::1]', '[::]', '[fd00:ec2::254]', '[fe80::1]', '[fec0::1]', '[ff02::1]'],
  ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ...[
    '[::ffff:0:a9fe:a9fe]',
    '[64:ff9b:1:a9fe:a9:fe00:808:808]',
    '[64:ff9b:1::808:808]',
    '[2001::1]',
    '[100::1]',
  ],
  ...[
    '[2001:db8::1]',
    '[3fff::1]',
    '[5f00::1]',
    '[4000::1]',
    '[2606:4700::5efe:a9fe:a9fe]',
    '[2002:a9fe:a9fe::]',
  ],
  ...['[::ffff:127.0.0.1]', '[::ffff:a9fe:a9fe]', '[::127.0.0.1]', '[64:ff9b::10.0.0.1]', '[2002:7f00:1::]'],
];

test('private, loopback, link-local and metadata addresses are refused in every spelling', () => {
  for (const host of PRIVATE) {
    assert.match(checkBaseUrl(`https://${host}/v1`, []) ?? '', /private/, host);
  }
});

test('a private address that the operator names is allowed, on the named port alone', () => {
  const allowed = parseAllowedHosts(' 127.0.0.1:9000, [::1] ,Localhost');
  assert.equal(checkBaseUrl('http://127.0.0.1:9000/v1', allowed), null);
  assert.equal(checkBaseUrl('http://[::1]:1234', allowed), null);
  assert.equal(checkBaseUrl('https://localhost:1234', allowed), null);
  assert.notEqual(checkBaseUrl('http://127.0.0.1:9001/v1', allowed), null);
});

test('neighbours of private ranges are public', () => {
  for (const host of ['172.32.0.1', '100.128.0.1', '192.0.1.1', '11.0.0.1', '[2002:808:808::]']) {
    assert.equal(checkBaseUrl(`https://${host}`, []), null, host);
  }
});

test('credentials, fragments and other schemes are refused also for an allowed host', () => {
  const allowed = ['models.example'];
  assert.match(checkBaseUrl('https://user:pass@models.example', allowed) ?? '', /credentials/);
  assert.match(checkBaseUrl('https://models.example/#', allowed) ?? '', /fragment/);
  for (const url of ['ftp://models.example', 'models.example', '', 'file:///etc/passwd']) {
    assert.notEqual(checkBaseUrl(url, allowed), null, url);
  }
});

test('an address is judged in every form that a resolver may give it', () => {
  const isPrivate = [
    '10.0.0.1',
    '127.0.1.1',
    '169.254.169.254',
    '::1',
    'fe80::1%eth0',
    '::ffff:192.168.0.1',
    'fd00::1',
  ];
  for (const address of isPrivate) assert.equal(isPrivateAddress(address), true, address);
  const isPublic = [
    '8.8.8.8',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:808:808::1',
    '2a00:1450::1',
  ];
  for (const address of isPublic) {
    assert.equal(isPrivateAddress(address), false, address);
  }
  assert.equal(isPrivateAddress('models.example'), true, 'what is no address is not let through');
});
