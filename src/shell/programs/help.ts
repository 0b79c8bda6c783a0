// help: what a newcomer can type here.
import { defineProgram } from '../../posix/program.ts';

const text = `This terminal is a simulated Linux machine with a simulated Kubernetes. Try:

  minikube start                      start a cluster (--nodes 3 for more nodes)
  kubectl apply -f web.yaml           three web servers and a Service
  kubectl get pods -o wide -w         watch them start; Ctrl-C ends it
  kubectl apply -f guestbook/         a whole application in three tiers
  kubectl scale deploy web --replicas=10
  kubectl delete pod -l app=web       and see them come back

Files are in this folder (ls). Tab completes, the up arrow recalls, Ctrl-R searches, Ctrl-C stops.
`;

export const helpProgram = defineProgram({
  name: 'help',
  *run(os) {
    yield* os.write(1, text);
    return 0;
  },
});
