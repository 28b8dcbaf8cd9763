/**
 * StreamDashboard: one dashboard of one stream, created here or elsewhere. What it shows is in capacity/watching/dashboard.ts.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { dashboardName } from "../capacity/names";
import { dashboardBody, type DashboardFacts } from "../capacity/watching/dashboard";
import { streamDashboardProblems } from "../capacity/streamArgs";
import { isArn, parseArn, streamNameOf } from "../capacity/arns";
import { checkArgs, comesLater, given, mapInput, whenReady } from "./inputs";
import { ownerOf } from "./owners";
import { type ExistingStreamArgs, streamFacts } from "./streamFacts";

/** What a StreamDashboard is told. */
export interface StreamDashboardArgs extends ExistingStreamArgs {
    /** Region of the stream. Default: the region in the stream's ARN, else the provider's. */
    region?: pulumi.Input<string | undefined>;
    /** Name of the log group of the scaler, whose decisions are then listed. Default: not listed. */
    scalerLogGroup?: pulumi.Input<string | undefined>;
}

/** A CloudWatch dashboard of a Kinesis stream: throughput, refusals, utilization, iterator age and fan-out consumers, shards and scaling, hot shards. */
export class StreamDashboard extends pulumi.ComponentResource {
    /** @internal */
    static readonly __pulumiType = "sharded-stream:index:StreamDashboard";

    /** Name of the dashboard: `Kinesis-<stream>-<region>`, and a hash of this component where it is attached to the stream. */
    readonly dashboardName: pulumi.Output<string>;

    constructor(name: string, args: StreamDashboardArgs, opts?: pulumi.ComponentResourceOptions) {
        super(StreamDashboard.__pulumiType, name, args as unknown as pulumi.Inputs, opts);
        args = given(args);
        const ready = checkArgs("StreamDashboard", name, args, streamDashboardProblems);
        const stream = whenReady(ready, args.stream);
        const region = regionOf(args.region, stream, this);
        const facts = {
            ...streamFacts(args),
            stream: mapInput(stream, streamNameOf),
            region,
            consumers: args.consumers,
            scalerLogGroup: args.scalerLogGroup,
        };
        const dashboard = new cloudwatch.Dashboard(
            name,
            {
                dashboardName: mapInput({ stream: facts.stream, region, owner: ownerOf(this, args) }, (known) =>
                    dashboardName(known.stream, known.region, known.owner),
                ),
                dashboardBody: mapInput(facts, (known) => dashboardBody(known as DashboardFacts)),
            },
            { parent: this, dependsOn: ready },
        );
        dashboards.set(this, dashboard);
        this.dashboardName = dashboard.dashboardName;
        this.registerOutputs({ dashboardName: this.dashboardName });
    }

    /** The dashboard itself. */
    get dashboard(): cloudwatch.Dashboard {
        return dashboards.get(this)!;
    }
}

/** Reached by an accessor: a field would be an output of the component, in every language. */
const dashboards = new WeakMap<StreamDashboard, cloudwatch.Dashboard>();

/** The given region, else the one in the stream's ARN, else the provider's, which is asked only then. */
function regionOf(
    given: pulumi.Input<string | undefined> | undefined,
    stream: pulumi.Input<string>,
    parent: pulumi.Resource,
): pulumi.Input<string> {
    const otherwise = () =>
        pulumi
            .output(stream)
            .apply((nameOrArn) =>
                isArn(nameOrArn) ? pulumi.output(parseArn(nameOrArn).region) : getRegionOutput({}, { parent }).region,
            );
    if (!comesLater(given)) return (given as string | undefined) ?? otherwise();
    return pulumi.output(given).apply((known) => known ?? otherwise()) as pulumi.Output<string>;
}
