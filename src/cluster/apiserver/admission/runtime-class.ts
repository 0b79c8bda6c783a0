// RuntimeClass: the class a pod names must exist.
// Models: kubernetes v1.37 plugin/pkg/admission/runtimeclass/admission.go
import { defineAdmission, refusal } from './plugin.ts';

export const runtimeClass = defineAdmission({
  name: 'RuntimeClass',
  resources: ['pods'],
  operations: ['CREATE'],
  admit(pod, admission) {
    const name = pod['spec']?.runtimeClassName;
    if (name && admission.scope.read('runtimeclasses.node.k8s.io', undefined, name) === undefined) {
      throw refusal(pod, admission, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    }
    return pod;
  },
});
