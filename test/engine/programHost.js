"use strict";
/*
 * One process that runs the programs of a test, one after another, as the SDK's Automation API runs an inline program: the CLI starts
 * neither a language host nor a process for each run, which is half of what a deployment of a test costs. A program, JavaScript or TypeScript,
 * and the repository's own package are read anew for each run; the SDK stays. Prints its address, and ends with its parent.
 */
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const { LanguageServer } = require("@pulumi/pulumi/automation/server");
const { LanguageRuntimeService } = require("@pulumi/pulumi/proto/language_grpc_pb");
const language = require("@pulumi/pulumi/proto/language_pb");
const debuggable = require("@pulumi/pulumi/runtime/debuggable");
const { runSources } = require("../../scripts/transpiler");

runSources();
// The SDK notes a stack for every promise that it makes, and reads it only to debug promises that never end: a fifth of a program's time.
const { debuggablePromise } = debuggable;
debuggable.debuggablePromise = (...args) => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return debuggablePromise(...args);
  } finally {
    Error.stackTraceLimit = limit;
  }
};

const installed = `${path.sep}node_modules${path.sep}`;

function run(call, callback) {
  const folder = call.request.getPwd();
  process.chdir(folder);
  for (const file of Object.keys(require.cache))
    if (!file.includes(installed)) Reflect.deleteProperty(require.cache, file);
  const program = async () => {
    const exported = require(path.resolve(folder, call.request.getInfo()?.getEntryPoint() || "."));
    return typeof exported === "function" ? exported() : exported;
  };
  // The answer to a failed run comes twice, as an error and as none.
  let answered = false;
  new LanguageServer(program).run(call, (error, response) => {
    if (!answered) callback(error, response);
    answered = true;
  });
}

const server = new grpc.Server();
const empty = (Response) => (_call, callback) => callback(null, new Response());
server.addService(LanguageRuntimeService, {
  ...Object.fromEntries(
    Object.keys(LanguageRuntimeService).map((name) => [
      name,
      (_call, callback) => callback({ code: grpc.status.UNIMPLEMENTED }),
    ]),
  ),
  handshake: empty(language.LanguageHandshakeResponse),
  getRequiredPackages: empty(language.GetRequiredPackagesResponse),
  getRequiredPlugins: empty(language.GetRequiredPluginsResponse),
  run,
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`127.0.0.1:${port}\n`);
});
process.on("disconnect", () => process.exit(0));
