/** The policy pack for `--policy-pack`: it constructs the pack and nothing else. A pack of your own takes the objects from ./policies. */
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies";

new PolicyPack("sharded-stream", {
    displayName: "sharded-stream",
    description: "Judges Kinesis streams against the requirements that are declared for them.",
    provider: "aws",
    policies: [...policies],
});
