import js from "@eslint/js";
import tseslint from "typescript-eslint";

const typesAreNamed = {
  selector: "ImportDeclaration[importKind='type']:has(ImportSpecifier)",
  message: 'Write import { type X } from "...".',
};

const hooksOfOneFile = {
  selector: "Program > ExpressionStatement > CallExpression[callee.name=/^(before|after)(Each)?$/]",
  message:
    "Hooks of a module that test files share run around the first file of a process alone: export a function that calls them.",
};

export default tseslint.config(
  { ignores: ["**/bin/", "node_modules/", "coverage/"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["**/*.ts"],
    rules: {
      // The compiler refuses what is unused, in a tenth of the time.
      "@typescript-eslint/no-unused-vars": "off",
      // One hand: types are imported by name beside the values, one import a module; braces where a body does not fit its line.
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      "no-restricted-syntax": ["error", typesAreNamed],
      "no-duplicate-imports": "error",
      "dot-notation": "error",
      curly: ["error", "multi-or-nest", "consistent"],
      // A Pulumi resource is declared by its constructor; nothing needs its value afterwards.
      "no-new": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      // noUncheckedIndexedAccess makes an index that a loop already bounds look undefined.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["**/*.ts"],
    ignores: ["test/**"],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "Promise",
          property: "race",
          message: "It keeps a reaction on the promise that lives longer, for each call: use Interruption of stream/.",
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: { "no-restricted-syntax": ["error", typesAreNamed, hooksOfOneFile] },
  },
  {
    files: ["{stream,scaler,cli,producer,components,policies,capacity}/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        typesAreNamed,
        {
          selector: "NewExpression[callee.name=/^(\\w+Client|Kinesis|CloudWatch|DynamoDB|Lambda)$/]",
          message: "Write newClient(XClient) of stream/connection.ts: its request handler forgets dead connections.",
        },
      ],
    },
  },
  {
    files: ["**/*.js"],
    languageOptions: {
      sourceType: "commonjs",
      globals: {
        require: "readonly",
        module: "writable",
        process: "readonly",
        console: "readonly",
        __dirname: "readonly",
        __filename: "readonly",
        Buffer: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        setImmediate: "readonly",
      },
    },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
