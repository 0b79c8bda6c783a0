// A container from its image to its end and round again. The state is what the kubelet's worker knows; what `get pods` shows is what
// the worker wrote at its last sync, so waiting reasons become visible one sync late (action `show`), as on a real node.
// Models: kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_{manager,container}.go, pkg/kubelet/images/image_manager.go
import { setup } from 'xstate';
import { actions, actionWith, delays, guards } from '../../sim/machines.ts';

export type ContainerEvent =
  | { readonly type: 'START' }
  /** A sync of the pod for another reason looks at this container too. */
  | { readonly type: 'SYNC' }
  | { readonly type: 'IMAGE_PULLED' }
  | { readonly type: 'PULL_FAILED' }
  | { readonly type: 'CONFIGURED' }
  | { readonly type: 'CONFIG_FAILED' }
  | { readonly type: 'STARTED' }
  | { readonly type: 'START_FAILED' }
  | { readonly type: 'POST_START_DONE' }
  | { readonly type: 'POST_START_FAILED' }
  | { readonly type: 'PRE_STOP_DONE' }
  | { readonly type: 'EXITED' }
  /** Ends it: pod termination, a failed probe, a changed definition, a failed hook. */
  | { readonly type: 'STOP' };

const shown = (reason: string) => ({ type: 'show', params: { reason } }) as const;

/** What a sync does with an image in back-off. */
const retryPull = (reason: string) =>
  [
    { guard: 'pullBackOffOver', target: '#container.Waiting.ImageCheck', actions: shown(reason) },
    { target: '#container.Waiting.ImagePullBackOff', reenter: true, actions: [shown(reason), 'reportPullBackOff'] },
  ] as const;
const recheck = (reason: string) => ({ target: '#container.Waiting.ImageCheck', actions: shown(reason) }) as const;
/** What a sync does with a container that ended. */
const afterExit = [
  { guard: 'staysDown', target: '#container.Terminated', actions: 'noticeExit' },
  { guard: 'restartBackOffOver', target: '#container.Waiting.ImageCheck', actions: ['noticeExit', 'countRestart'] },
  { target: '#container.Waiting.CrashLoopBackOff', actions: ['noticeExit', 'reportRestartBackOff'] },
] as const;
const retryStart = [
  { guard: 'restartBackOffOver', target: '#container.Waiting.ImageCheck', actions: [shown('CrashLoopBackOff'), 'countRestart'] },
  { target: '#container.Waiting.CrashLoopBackOff', reenter: true, actions: [shown('CrashLoopBackOff'), 'reportRestartBackOff'] },
] as const;

export const containerMachine = setup({
  types: { events: {} as ContainerEvent },
  guards: guards(
    'imageNameInvalid',
    'imagePresent',
    'pullForbidden',
    'pullAlways',
    'pullBackOffOver',
    'restartBackOffOver',
    'staysDown',
    'killedBySync',
    'hasPostStart',
    'hasPreStop',
  ),
  actions: {
    ...actions(
      'reportInvalidName',
      'reportNeverPull',
      'reportImagePresent',
      'pullImage',
      'reportPulled',
      'reportPullFailed',
      'reportPullBackOff',
      'configure',
      'reportConfigError',
      'reportCreated',
      'startProcess',
      'reportStarted',
      'reportStartFailed',
      'runPostStart',
      'reportPostStartFailed',
      'beginProbing',
      'endProbing',
      'finishSync',
      'leaveSync',
      'beginStop',
      'runPreStop',
      'abandonPreStop',
      'sendStopSignal',
      'sendKill',
      'noticeExit',
      'countRestart',
      'reportRestartBackOff',
      'containerStopped',
    ),
    show: actionWith<{ reason: string }>('show'),
  },
  delays: delays(
    'imageBackOffSync',
    'errorSync',
    'containerCreate',
    'containerStart',
    'crashLoopSync',
    'plegRelist',
    'terminationGracePeriod',
    'remainingGracePeriod',
  ),
}).createMachine({
  id: 'container',
  initial: 'Waiting',
  states: {
    Waiting: {
      initial: 'ContainerCreating',
      on: { STOP: 'Terminated' },
      states: {
        ContainerCreating: { on: { START: 'ImageCheck' } },
        ImageCheck: {
          always: [
            { guard: 'imageNameInvalid', target: 'InvalidImageName' },
            { guard: 'pullAlways', target: 'Pulling' },
            { guard: 'imagePresent', target: 'Configuring', actions: 'reportImagePresent' },
            { guard: 'pullForbidden', target: 'ErrImageNeverPull' },
            { target: 'Pulling' },
          ],
        },
        Pulling: {
          entry: 'pullImage',
          on: {
            IMAGE_PULLED: { target: 'Configuring', actions: 'reportPulled' },
            PULL_FAILED: { target: 'ErrImagePull', actions: 'reportPullFailed' },
          },
        },
        ErrImagePull: {
          entry: 'finishSync',
          after: { imageBackOffSync: retryPull('ErrImagePull') },
          on: { SYNC: retryPull('ErrImagePull') },
        },
        ImagePullBackOff: {
          entry: 'finishSync',
          after: { imageBackOffSync: retryPull('ImagePullBackOff') },
          on: { SYNC: retryPull('ImagePullBackOff') },
        },
        ErrImageNeverPull: {
          entry: ['reportNeverPull', 'finishSync'],
          after: { errorSync: recheck('ErrImageNeverPull') },
          on: { SYNC: recheck('ErrImageNeverPull') },
        },
        InvalidImageName: {
          entry: ['reportInvalidName', 'finishSync'],
          after: { errorSync: recheck('InvalidImageName') },
          on: { SYNC: recheck('InvalidImageName') },
        },
        Configuring: { entry: 'configure', on: { CONFIGURED: 'Creating', CONFIG_FAILED: 'CreateContainerConfigError' } },
        CreateContainerConfigError: {
          entry: ['reportConfigError', 'finishSync'],
          after: { errorSync: recheck('CreateContainerConfigError') },
          on: { SYNC: recheck('CreateContainerConfigError') },
        },
        Creating: { after: { containerCreate: { target: 'Starting', actions: 'reportCreated' } } },
        Starting: { after: { containerStart: 'Launching' } },
        Launching: {
          entry: 'startProcess',
          on: {
            STARTED: [
              { guard: 'hasPostStart', target: '#container.Running.PostStart', actions: 'reportStarted' },
              { target: '#container.Running.Started', actions: 'reportStarted' },
            ],
            START_FAILED: { target: '#container.Exited', actions: ['reportStartFailed', 'leaveSync'] },
          },
        },
        CrashLoopBackOff: { after: { crashLoopSync: retryStart }, on: { SYNC: retryStart } },
      },
    },
    Running: {
      exit: 'endProbing',
      initial: 'Started',
      on: { EXITED: 'Exited' },
      states: {
        PostStart: {
          entry: 'runPostStart',
          on: { POST_START_DONE: 'Started', POST_START_FAILED: { target: 'Stopping', actions: 'reportPostStartFailed' }, STOP: 'Stopping' },
        },
        Started: { entry: ['beginProbing', 'finishSync'], on: { STOP: 'Stopping' } },
        Stopping: {
          initial: 'Deciding',
          entry: 'beginStop',
          states: {
            Deciding: { always: [{ guard: 'hasPreStop', target: 'PreStop' }, { target: 'Signalled' }] },
            PreStop: {
              entry: 'runPreStop',
              on: { PRE_STOP_DONE: 'Signalled', STOP: { target: 'Signalled', actions: 'abandonPreStop' } },
              after: { terminationGracePeriod: { target: 'Signalled', actions: 'abandonPreStop' } },
            },
            Signalled: {
              entry: 'sendStopSignal',
              on: { STOP: { target: 'Signalled', reenter: true } },
              after: { remainingGracePeriod: 'Killed' },
            },
            Killed: { entry: 'sendKill' },
          },
        },
      },
    },
    /** The process is gone; the worker has not looked yet. A worker that stopped it itself knows at once. */
    Exited: {
      always: { guard: 'killedBySync', target: 'Ended' },
      after: { plegRelist: 'Ended' },
      on: { STOP: 'Ended', SYNC: 'Ended' },
    },
    Ended: { always: afterExit },
    Terminated: { entry: 'containerStopped', on: { START: { target: 'Waiting.ImageCheck', actions: 'countRestart' } } },
  },
});
