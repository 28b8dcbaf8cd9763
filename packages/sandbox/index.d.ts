export {
    AwsError,
    type FunctionHandler,
    type Guard,
    type GuardedCall,
    type RefusedCounts,
    type Sandbox,
    type SandboxOptions,
    type SeenAlarm,
    type SentNotification,
    startSandbox,
} from "./bin/sandbox/public";
