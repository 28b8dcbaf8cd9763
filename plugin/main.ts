#!/usr/bin/env node
/**
 * The plugin `pulumi-resource-sharded-stream`, and `main` of the package: what a Pulumi engine starts for a program in any language.
 *
 * An engine runs it by itself, where it is given the executable, or has the SDK load the package's folder, where it is given that. Nobody
 * else loads the folder: who names the package gets index.ts by its `exports`, and so does here a tool that knows none.
 */
import { servePlugin } from "./serve";

const isRunBySdk = /[\\/]cmd[\\/]run-plugin([\\/]index)?\.js$/.test(require.main?.filename ?? "");

if (require.main === module) void servePlugin();

// eslint-disable-next-line @typescript-eslint/no-require-imports -- only where it is wanted: the components load @pulumi/aws
export = isRunBySdk || require.main === module ? servePlugin : (require("../index") as object);
