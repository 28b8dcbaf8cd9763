/**
 * A consumer of the orders stream, in a stack of its own: it reads what the orders stack exports and asks for nothing more.
 *
 *     pulumi config set ordersStack acme/orders/prod
 *     pulumi up
 */
import * as iam from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";

const orders = new pulumi.StackReference(new pulumi.Config().require("ordersStack"));

const role = new iam.Role("billing", {
    description: "Reads the orders stream for billing.",
    assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
    }),
});

new iam.RolePolicy("billing-reads-orders", {
    role: role.name,
    policy: orders.requireOutput("consumerPolicy").apply(String),
});

export const roleArn = role.arn;
export const readsStream = orders.requireOutput("streamArn");
