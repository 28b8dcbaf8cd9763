/**
 * Who owns a physical name. What a ShardedStream makes for its own stream is called after the stream alone; what a user attaches carries
 * its own component in the name, so that no two components ever put and delete under one.
 */
import type * as pulumi from "@pulumi/pulumi";
import { type Owner } from "../capacity/names";

/** The arguments of what ShardedStream makes itself. No argument of theirs: it would be one for everybody. */
const streamsOwn = new WeakSet<object>();

/** Marks the arguments of a component as given by the ShardedStream whose stream they are about. */
export function ofOwnStream<Args extends object>(args: Args): Args {
    streamsOwn.add(args);
    return args;
}

/** The owner that goes into the names of a component's children; undefined where they are the stream's own. */
export function ownerOf(component: pulumi.Resource, args: object): Promise<Owner> | undefined {
    if (streamsOwn.has(args)) return undefined;
    // As an Output it would make each child wait for the component, which is done when its children are.
    return new Promise((resolve) => component.urn.apply(resolve));
}
