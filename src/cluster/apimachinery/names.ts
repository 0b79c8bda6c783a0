// What may be a name, a label, an annotation: the string rules with the exact texts of their refusals. A rule answers one text
// per fault, none for a good value.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/util/{validation,content}, pkg/api/validation

export type NameRule = (value: string) => readonly string[];

const NO_FAULTS: readonly string[] = [];

/** `must be no more than 63 characters`. */
export const maxLengthFault = (max: number): string => `must be no more than ${max} characters`;
/** The same in bytes: labels and qualified names. */
export const maxBytesFault = (max: number): string => `must be no more than ${max} bytes`;

/** `<rule> (e.g. 'a', or 'b', regex used for validation is '…')`, with Kubernetes' own double blank. */
export function regexFault(rule: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${pattern}')`;
  return `${rule} (e.g. ${examples.map((one) => `'${one}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

function rule(pattern: string, fault: string, tooLong?: { max: number; fault: string }): NameRule {
  const whole = new RegExp(`^(?:${pattern})$`);
  return (value) => {
    const long = tooLong !== undefined && value.length > tooLong.max;
    const bad = !whole.test(value);
    if (!long && !bad) return NO_FAULTS;
    return [...(long ? [tooLong.fault] : []), ...(bad ? [fault] : [])];
  };
}

const LABEL_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_PATTERN = `${LABEL_PATTERN}(\\.${LABEL_PATTERN})*`;

/** The first fault of the real rule is the length; both are reported. */
export const dns1123Label: NameRule = rule(
  LABEL_PATTERN,
  regexFault(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    LABEL_PATTERN,
    'my-name',
    '123-abc',
  ),
  { max: 63, fault: maxLengthFault(63) },
);

/** Names of namespaces, services …: a name whose only fault are its dots gets shorter words. */
export const nameIsDNSLabel: NameRule = (value) => {
  const faults = dns1123Label(value);
  const onlyDots = faults.length > 0 && value.includes('.') && dns1123Subdomain(value).length === 0;
  if (!onlyDots) return faults;
  return value.length > 63 ? [maxLengthFault(63), 'must not contain dots'] : ['must not contain dots'];
};

export const dns1123Subdomain: NameRule = rule(
  SUBDOMAIN_PATTERN,
  regexFault(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    SUBDOMAIN_PATTERN,
    'example.com',
  ),
  { max: 253, fault: maxLengthFault(253) },
);
export const nameIsDNSSubdomain = dns1123Subdomain;

const DNS1035_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?';
export const dns1035Label: NameRule = rule(
  DNS1035_PATTERN,
  regexFault(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    DNS1035_PATTERN,
    'my-name',
    'abc-123',
  ),
  { max: 63, fault: maxLengthFault(63) },
);

/** RBAC names and the like: anything that can stand in a URL path. */
export const pathSegmentName: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);
};

const QUALIFIED_PATTERN = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const QUALIFIED_RULE = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const qualifiedPart = new RegExp(`^(?:${QUALIFIED_PATTERN})$`);

/** Label keys, annotation keys (lower-cased by the caller), resource names: `[prefix/]name`. */
export const qualifiedName: NameRule = (value) => {
  const parts = value.split('/');
  const faults: string[] = [];
  let name = parts[0]!;
  if (parts.length === 2) {
    name = parts[1]!;
    if (parts[0] === '') faults.push('prefix part must be non-empty');
    else faults.push(...dns1123Subdomain(parts[0]!).map((fault) => 'prefix part ' + fault));
  } else if (parts.length > 2) {
    return [
      'a valid label key ' +
        regexFault(QUALIFIED_RULE, QUALIFIED_PATTERN, 'MyName', 'my.name', '123-abc') +
        " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  if (name === '') faults.push('name part must be non-empty');
  else if (name.length > 63) faults.push('name part ' + maxBytesFault(63));
  if (!qualifiedPart.test(name)) {
    faults.push('name part ' + regexFault(QUALIFIED_RULE, QUALIFIED_PATTERN, 'MyName', 'my.name', '123-abc'));
  }
  return faults.length === 0 ? NO_FAULTS : faults;
};

const LABEL_VALUE_PATTERN = `(${QUALIFIED_PATTERN})?`;
export const labelValue: NameRule = rule(
  LABEL_VALUE_PATTERN,
  regexFault(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    LABEL_VALUE_PATTERN,
    'MyValue',
    'my_value',
    '12345',
  ),
  { max: 63, fault: maxBytesFault(63) },
);

const CONFIG_MAP_KEY_PATTERN = '[-._a-zA-Z0-9]+';
const configMapKeyRule = rule(
  CONFIG_MAP_KEY_PATTERN,
  regexFault(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    CONFIG_MAP_KEY_PATTERN,
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
  { max: 253, fault: maxLengthFault(253) },
);
/** Keys of ConfigMaps and Secrets, which become file names. */
export const configMapKey: NameRule = (value) => {
  const faults = configMapKeyRule(value);
  const dots =
    value === '.'
      ? ["must not be '.'"]
      : value === '..'
        ? ["must not be '..'"]
        : value.startsWith('..')
          ? ["must not start with '..'"]
          : [];
  return dots.length === 0 ? faults : [...faults, ...dots];
};

const ENV_NAME_PATTERN = '[ -<>-~]+';
/** Names of environment variables since 1.37: printable ASCII except `=`. */
export const envVarName: NameRule = rule(
  ENV_NAME_PATTERN,
  `a valid environment variable name must consist only of printable ASCII characters other than '='`,
);

const PORT_NAME_FAULTS = {
  length: 'must be no more than 15 characters',
  charset: 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
  letter: 'must contain at least one letter (a-z)',
  double: 'must not contain consecutive hyphens',
  edge: 'must not begin or end with a hyphen',
};
/** Names of container ports (IANA service names). */
export const portName: NameRule = (value) => {
  const faults: string[] = [];
  if (value.length > 15) faults.push(PORT_NAME_FAULTS.length);
  if (!/^[-a-z0-9]+$/.test(value)) faults.push(PORT_NAME_FAULTS.charset);
  if (!/[a-z]/.test(value)) faults.push(PORT_NAME_FAULTS.letter);
  if (value.includes('--')) faults.push(PORT_NAME_FAULTS.double);
  if (value.startsWith('-') || value.endsWith('-')) faults.push(PORT_NAME_FAULTS.edge);
  return faults.length === 0 ? NO_FAULTS : faults;
};

export const portNumber = (value: number): readonly string[] =>
  value >= 1 && value <= 65535 ? NO_FAULTS : ['must be between 1 and 65535, inclusive'];

/** `must be greater than or equal to 0`. */
export const NOT_NEGATIVE = 'must be greater than or equal to 0';
export const FIELD_IS_IMMUTABLE = 'field is immutable';
