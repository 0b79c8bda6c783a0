import { expect, test } from 'vitest';
import { hashName } from './sha256.ts';

test.each([
  ['default/kubernetes:httpstcp', 'NPX46M4PTMTKRN6Y'],
  ['kube-system/kube-dns:dnsudp', 'TCOU7JCQXEZGVUNU'],
  ['kube-system/kube-dns:dns-tcptcp', 'ERIFXISQEP7F7OF4'],
  ['default/webtcp', 'LOLE4ISW44XBNF3G'],
  ['default/webtcp10.244.0.5:8080', '5ORQWIE3QG6L2KWO'],
])('%s is named %s', (text, name) => {
  expect(hashName(text, 16)).toBe(name);
});
