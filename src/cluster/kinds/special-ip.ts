// Addresses that no traffic of a Service may be sent to.
// Models: kubernetes v1.37 pkg/apis/core/validation ValidateEndpointIP (ValidateNonSpecialIP)
import { type FieldErrors, type FieldPath, invalid } from '../apimachinery/field.ts';

/** A valid address that means this host, this link or many hosts. */
export function nonSpecialIp(at: FieldPath, ip: string): FieldErrors {
  const lower = ip.toLowerCase();
  if (ip === '0.0.0.0' || ip === '::') return [invalid(at, ip, 'may not be unspecified (0.0.0.0 or ::)')];
  if (ip.startsWith('127.') || ip === '::1') return [invalid(at, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')];
  if (ip.startsWith('169.254.') || /^fe[89ab].:/.test(lower))
    return [invalid(at, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')];
  // The block of link-local multicast has words of its own.
  if (ip.startsWith('224.0.0.') || /^ff.2:/.test(lower))
    return [invalid(at, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')];
  return [];
}
