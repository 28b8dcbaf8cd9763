/**
 * The front door of `sharded-stream`: the components, their arguments, and the planning functions behind them.
 *
 * What the plugin serves to every Pulumi language are the components among them.
 */
export { type Bound, type Constraint } from "./capacity/sizing/bounds";
export { type CapacityPlan, planCapacity, utilizationAt } from "./capacity/sizing/plan";
export { type Finding, type FindingCode, type Severity } from "./capacity/findings";
export { InvalidInputError, type Problem } from "./capacity/problems";
export { type CompleteRequirements, type OpenRequirement, type Requirements } from "./capacity/requirements";
export { type ConsumerAlarmName, type StreamAlarmName } from "./capacity/watching/alarms";
export { type FunctionAlarmName } from "./capacity/watching/functionAlarms";
export { type ScalerAlarmName } from "./capacity/watching/scalerAlarms";
export {
    type AlarmArgs,
    type AlarmsArgs,
    type FunctionAlarmsArgs,
    type ScalerAlarmsArgs,
    type SilenceAlarmArgs,
} from "./components/alarmArgs";
export { type AlarmsByName } from "./components/alarms";
export {
    type Consumers,
    type EventSource,
    type FanOut,
    type KclApplication,
    type StreamIdentity,
} from "./components/grants/documents";
export { type EventSourceReader, type FlinkReader, type KclReader, type Reader } from "./components/grants/grants";
export {
    consumerPolicy,
    eventSourcePolicy,
    flinkPolicy,
    kclPolicy,
    producerPolicy,
    sharedKeyPolicy,
} from "./components/grants/ready";
export { type SharedReaderArgs, type SharingArgs } from "./components/grants/sharing";
export { type NotificationsArgs } from "./components/notifications";
export { type ScalingArgs, ScalingNotify } from "./components/scaling";
export { ShardedStream } from "./components/shardedStream";
export { CapacityMode, type ShardedStreamArgs, StreamProvider } from "./components/shardedStreamArgs";
export { type AwsNativeStream } from "./components/stream";
export { StreamAlarms, type StreamAlarmsArgs } from "./components/streamAlarms";
export { StreamAutoscaler, type StreamAutoscalerArgs } from "./components/streamAutoscaler";
export { StreamConsumerFunction } from "./components/streamConsumerFunction";
export {
    StartingPosition,
    type StreamConsumerFunctionArgs,
    type StreamSource,
} from "./components/streamConsumerFunctionArgs";
export { StreamDashboard, type StreamDashboardArgs } from "./components/streamDashboard";
export { type ExistingStreamArgs, type RecordSizeArgs, type RequirementsArgs } from "./components/streamFacts";
