import { defineAdmission } from './plugin.ts';
export const podSecurity = defineAdmission({ name: 'PodSecurity', resources: ['pods'], operations: ['CREATE'] });
