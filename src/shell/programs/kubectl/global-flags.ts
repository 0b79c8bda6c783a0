// Flags every command takes.
// Models: kubernetes v1.37 `kubectl options`
import { array, bool, duration, type FlagSpec, strings, text } from './flags.ts';

export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  text('as', 'Username to impersonate for the operation. User could be a regular user or a service account in a namespace.'),
  array('as-group', 'Group to impersonate for the operation, this flag can be repeated to specify multiple groups.'),
  text('as-uid', 'UID to impersonate for the operation.'),
  array(
    'as-user-extra',
    'User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key.',
  ),
  text('cache-dir', 'Default cache directory', { value: '/home/user/.kube/cache' }),
  text('certificate-authority', 'Path to a cert file for the certificate authority'),
  text('client-certificate', 'Path to a client certificate file for TLS'),
  text('client-key', 'Path to a client key file for TLS'),
  text('cluster', 'The name of the kubeconfig cluster to use'),
  text('context', 'The name of the kubeconfig context to use'),
  bool('disable-compression', 'If true, opt-out of response compression for all requests to the server'),
  bool(
    'insecure-skip-tls-verify',
    "If true, the server's certificate will not be checked for validity. This will make your HTTPS connections insecure",
  ),
  text('kubeconfig', 'Path to the kubeconfig file to use for CLI requests.'),
  text(
    'kuberc',
    'Path to the kuberc file to use for preferences. This can be disabled by exporting KUBECTL_KUBERC=false feature gate or turning off the feature KUBERC=off.',
  ),
  duration('log-flush-frequency', 'Maximum number of seconds between log flushes', { value: '5s' }),
  bool('match-server-version', 'Require server version to match client version'),
  text('namespace', 'If present, the namespace scope for this CLI request', { short: 'n' }),
  text('password', 'Password for basic authentication to the API server'),
  text('profile', 'Name of profile to capture. One of (none|cpu|heap|goroutine|threadcreate|block|mutex|trace)', { value: 'none' }),
  text('profile-output', 'Name of the file to write the profile to', { value: 'profile.pprof' }),
  text('proxy-url', 'If provided, this URL will be used to connect via proxy'),
  text(
    'request-timeout',
    "The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don't timeout requests.",
    { value: '0' },
  ),
  text('server', 'The address and port of the Kubernetes API server', { short: 's' }),
  text(
    'tls-server-name',
    'Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used',
  ),
  text('token', 'Bearer token for authentication to the API server'),
  text('user', 'The name of the kubeconfig user to use'),
  text('username', 'Username for basic authentication to the API server'),
  text('v', 'number for the log level verbosity', { short: 'v', value: '0' }),
  strings('vmodule', 'comma-separated list of pattern=N settings for file-filtered logging (only works for the default text log format)'),
  bool('warnings-as-errors', 'Treat warnings received from the server as errors and exit with a non-zero exit code'),
];

/** Flags many commands share. */
export const FILENAME_FLAGS: readonly FlagSpec[] = [
  strings('filename', 'Filename, directory, or URL to files identifying the resource.', { short: 'f' }),
  text('kustomize', "Process the kustomization directory. This flag can't be used together with -f or -R.", { short: 'k' }),
  bool(
    'recursive',
    'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    { short: 'R' },
  ),
];

export const SELECTOR_FLAG: FlagSpec = text(
  'selector',
  "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
  { short: 'l' },
);

export const FIELD_SELECTOR_FLAG: FlagSpec = text(
  'field-selector',
  "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
);

export const ALL_NAMESPACES_FLAG: FlagSpec = bool(
  'all-namespaces',
  'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
  { short: 'A' },
);

export const FIELD_MANAGER = (value: string): FlagSpec =>
  text('field-manager', 'Name of the manager used to track field ownership.', { value });

export const VALIDATE_FLAG: FlagSpec = text(
  'validate',
  'Must be one of: strict (or true), warn, ignore (or false). "true" or "strict" will use a schema to validate the input and fail the request if invalid.',
  { value: 'strict', bare: 'strict' },
);

export const SAVE_CONFIG_FLAG: FlagSpec = bool(
  'save-config',
  'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.',
);

export const RECORD_FLAG: FlagSpec = bool('record', 'Record current kubectl command in the resource annotation.', {
  deprecated: '--record will be removed in the future',
});

export const CHUNK_FLAG: FlagSpec = {
  name: 'chunk-size',
  type: 'int',
  value: '500',
  usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.',
};
