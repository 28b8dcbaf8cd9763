"use strict";
/*
 * A team's own policy pack: some policies of sharded-stream, at the team's levels, and beside them a rule of its own.
 *
 *     npm install
 *     pulumi preview --policy-pack ../policy-pack     # from the folder of a program
 */
const { PolicyPack } = require("@pulumi/policy");
const { policiesNamed } = require("sharded-stream/policies");

const streamHasAnOwner = {
  name: "stream-has-an-owner",
  description: "Every Kinesis stream has a tag that says whom to ask about its records.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, reportViolation) => {
    if (type !== "aws:kinesis/stream:Stream" || props.tags?.owner !== undefined) return;
    reportViolation(`${name} has no tag "owner". Add tags: { owner: "your team" }.`);
  },
};

new PolicyPack("team-policies", {
  policies: [
    // Those that are named, at these levels; requirements-are-known comes with them.
    ...policiesNamed({
      "capacity-covers-requirements": "mandatory",
      "enough-partition-keys": "mandatory",
      "stream-is-encrypted": "mandatory",
      "stream-is-alarmed": "advisory",
    }),
    streamHasAnOwner,
  ],
});
