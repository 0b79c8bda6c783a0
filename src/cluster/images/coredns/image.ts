// CoreDNS as kubeadm 1.37 deploys it. Models: registry.k8s.io/coredns/coredns v1.14.6
import { defineImage } from '../image.ts';
import { COREDNS_VERSION, coredns } from './coredns.ts';

/** Versions that kubeadm 1.2x to 1.37 ask for. */
const TAGS = ['v1.8.6', 'v1.9.3', 'v1.10.1', 'v1.11.1', 'v1.11.3', 'v1.12.0', 'v1.12.1', 'v1.13.1', `v${COREDNS_VERSION}`];

export const corednsImage = defineImage({
  repository: 'registry.k8s.io/coredns/coredns',
  tags: TAGS,
  sizeMiB: 23,
  entrypoint: ['/coredns'],
  cmd: [],
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' },
  exposedPorts: [53],
  files: { '/etc/hosts': '127.0.0.1\tlocalhost\n' },
  programs: { '/coredns': coredns },
});
