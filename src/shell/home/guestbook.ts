// The guestbook of the Kubernetes tutorial "Deploying PHP Guestbook application with Redis": three tiers, three Services.

const labels = (role: string, indent: string) => `${indent}app: redis\n${indent}role: ${role}\n${indent}tier: backend\n`;

function redisDeployment(name: string, role: string, replicas: number, container: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
${labels(role, '    ')}spec:
  replicas: ${replicas}
  selector:
    matchLabels:
${labels(role, '      ')}  template:
    metadata:
      labels:
${labels(role, '        ')}    spec:
      containers:
      - name: ${container}
        image: ${image}
        resources:
          requests:
            cpu: 100m
            memory: 100Mi
        ports:
        - containerPort: 6379
`;
}

function redisService(name: string, role: string): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels:
${labels(role, '    ')}spec:
  ports:
  - port: 6379
    targetPort: 6379
  selector:
${labels(role, '    ')}`;
}

/** Files by path below the home folder. */
export const guestbook: Readonly<Record<string, string>> = {
  'guestbook/redis-leader-deployment.yaml': redisDeployment('redis-leader', 'leader', 1, 'leader', 'docker.io/redis:6.0.5'),
  'guestbook/redis-leader-service.yaml': redisService('redis-leader', 'leader'),
  'guestbook/redis-follower-deployment.yaml': redisDeployment(
    'redis-follower',
    'follower',
    2,
    'follower',
    'us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower:v2',
  ),
  'guestbook/redis-follower-service.yaml': redisService('redis-follower', 'follower'),
  'guestbook/frontend-deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
spec:
  replicas: 3
  selector:
    matchLabels:
      app: guestbook
      tier: frontend
  template:
    metadata:
      labels:
        app: guestbook
        tier: frontend
    spec:
      containers:
      - name: php-redis
        image: us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5
        env:
        - name: GET_HOSTS_FROM
          value: "dns"
        resources:
          requests:
            cpu: 100m
            memory: 100Mi
        ports:
        - containerPort: 80
`,
  'guestbook/frontend-service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: frontend
  labels:
    app: guestbook
    tier: frontend
spec:
  type: NodePort
  ports:
  - port: 80
  selector:
    app: guestbook
    tier: frontend
`,
};
