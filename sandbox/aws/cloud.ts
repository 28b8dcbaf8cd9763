/**
 * The services around Kinesis, wired to each other: metrics feed alarms, alarms publish to topics and invoke functions.
 */
import { cloudWatchService, CloudWatchService } from "./cloudwatch";
import { MetricStore } from "./metrics";
import type { Ambient, Service } from "./service";
import { snsService, SnsService } from "./sns";

export interface CloudOptions {
    /** Where every service puts its metrics. */
    readonly store?: MetricStore;
    /** Where the sandbox listens; undefined until it does. */
    readonly endpoint: () => string | undefined;
}

export interface Cloud {
    readonly store: MetricStore;
    readonly cloudWatch: CloudWatchService;
    readonly sns: SnsService;
    /** All of them, for the server. */
    readonly services: readonly Service[];
}

export function cloudServices(ambient: Ambient, options: CloudOptions): Cloud {
    const store = options.store ?? new MetricStore();
    const sns = snsService(ambient, { endpoint: options.endpoint });
    const cloudWatch = cloudWatchService(ambient, {
        store,
        actions: {
            publish: (topicArn, message, alarmArn) =>
                sns.publishAs(
                    { service: "cloudwatch.amazonaws.com", title: "CloudWatch Alarms", sourceArn: alarmArn },
                    topicArn,
                    message,
                ),
            invokeFunction: () => Promise.reject(new Error("no functions yet")),
        },
    });
    return { store, cloudWatch, sns, services: [cloudWatch, sns] };
}
