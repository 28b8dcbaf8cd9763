export { type Sandbox, type SandboxOptions, startSandbox } from "./bin/sandbox/index";
