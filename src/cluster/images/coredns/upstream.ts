// The resolver beyond the cluster, which the user's machine offers at 192.168.49.1:53: a stand-in for the internet's names.
// Simplified: it knows example.com and what it is told, and says NXDOMAIN to everything else, as the recorded cluster's upstream did.
import { asDnsMessage, dnsAnswer, dnsDatagram, type DnsRecord } from '../../../posix/dns.ts';
import { type Program, SystemError } from '../../../posix/program.ts';

const KNOWN: Readonly<Record<string, string>> = { 'example.com.': '93.184.215.14', 'www.example.com.': '93.184.215.14' };
const ROOT: DnsRecord = {
  name: '.',
  type: 'SOA',
  ttl: 86_400,
  data: 'a.root-servers.net. nstld.verisign-grs.com. 2026112400 1800 900 604800 86400',
};

export const upstreamResolver: Program = {
  name: 'dnsmasq',
  *run(os) {
    const socket = yield* os.net.bindUdp(53);
    for (;;) {
      try {
        const { from, datagram } = yield* os.net.receiveFrom(socket);
        const query = asDnsMessage(datagram);
        if (query === undefined || query.flags.qr) continue;
        const { name, type } = query.question;
        const ip = KNOWN[name.toLowerCase()];
        const answers: DnsRecord[] = ip !== undefined && type === 'A' ? [{ name, type, ttl: 300, data: ip }] : [];
        const rcode = ip === undefined ? 'NXDOMAIN' : 'NOERROR';
        const authority = answers.length === 0 ? [ROOT] : [];
        yield* os.net.sendTo(socket, from, dnsDatagram(dnsAnswer(query, { rcode, recursionAvailable: true, answers, authority })));
      } catch (error) {
        // An ICMP error for an answer that nobody wanted any more.
        if (!(error instanceof SystemError) || error.errno === 'EINTR') throw error;
      }
    }
  },
};
