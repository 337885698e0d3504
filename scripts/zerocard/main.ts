import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { EXIT_USAGE, describeFailure, writeOut } from './output.ts'

// The command line `zerocard`: files in, files out.

/** The words commands begin with. Only the one that is called is loaded: starting takes long else. */
const GROUPS: readonly CommandGroup[] = [
  {
    name: 'issuer',
    summary: 'sign what you know about people',
    load: async () => (await import('./issuer-commands.ts')).addIssuerCommands,
  },
  {
    name: 'trust',
    summary: 'say which issuers you trust',
    load: async () => (await import('./trust-commands.ts')).addTrustCommands,
  },
  {
    name: 'holder',
    summary: 'keep credentials and prove with them',
    load: async () => (await import('./holder-commands.ts')).addHolderCommands,
  },
  {
    name: 'log',
    summary: 'see whether an issuer tells everybody the same',
    load: async () => (await import('./log-commands.ts')).addLogCommands,
  },
  {
    name: 'policy',
    summary: 'understand what a verifier asks',
    load: async () => (await import('./policy-commands.ts')).addPolicyCommands,
  },
  {
    name: 'verifier',
    summary: 'ask, and judge answers',
    load: async () => (await import('./verifier-commands.ts')).addVerifierCommands,
  },
  {
    name: 'keys',
    summary: 'see which keys proofs are made under',
    load: async () => (await import('./keys-commands.ts')).addKeysCommands,
  },
  {
    name: 'ceremony',
    summary: 'make keys under which nobody can forge, together',
    load: async () => (await import('./ceremony-commands.ts')).addCeremonyCommands,
  },
  {
    name: 'token',
    summary: "make an operator's token for a service",
    load: async () => (await import('./token-command.ts')).defineToken,
  },
  {
    name: 'element',
    summary: 'print the tag that puts the element into a page',
    load: async () => (await import('./element-command.ts')).defineElement,
  },
  {
    name: 'town',
    summary: 'run a whole town on this machine: offices, wallet, sites',
    load: async () => (await import('./town-command.ts')).defineTown,
  },
  {
    name: 'wallet',
    summary: "serve the wallet's page",
    load: async () => (await import('./wallet-serve-command.ts')).addWalletCommands,
  },
  {
    name: 'sites',
    summary: "the process of a town's portal and sites",
    isInternal: true,
    load: async () => (await import('./town/sites/command.ts')).addSitesCommands,
  },
  {
    name: 'demo',
    summary: 'play holders against the services of a town',
    load: async () => (await import('./play-command.ts')).definePlay,
  },
  {
    name: 'story',
    summary: 'play the main job in memory, over two invented days',
    load: async () => (await import('./demo-command.ts')).defineDemo,
  },
]

interface CommandGroup {
  readonly name: string
  readonly summary: string
  /** Called by other commands, and left out of the list. */
  readonly isInternal?: boolean
  /** Gives the function that fills the command. */
  readonly load: () => Promise<(command: Command) => void>
}

const AFTERWORD = `
Exit codes: 0 done and true, 1 failed, 2 wrong call, 3 the presentation is refused.
ZEROCARD_ENV=production refuses development keys, under which anybody can forge.
ZEROCARD_ARTIFACTS=<folder> takes circuits, keys and their manifest.json from there.
ZEROCARD_MANIFEST=<hash>, needed in production, is the SHA-256 of the manifest.json that you verified.`

// Halves the time to start. Beside the code and not in a folder that others can write to; where
// that is read-only, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/zerocard', import.meta.url)))

// A reader that closes the pipe early has what it wanted.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

await run(process.argv.slice(2))
// snarkjs may leave threads behind; everything is written by now.
process.exit()

async function run(args: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(args)
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (isHelp(error)) {
      // Nothing was done: a file of this name must not look like an answer that is accepted.
      if (args.filter((arg) => arg.startsWith('-')).length > 1) process.exitCode = EXIT_USAGE
      return
    }
    const { exitCode, line, json } = describeFailure(error)
    if (args.includes('--json')) await writeOut(process.stdout, `${JSON.stringify(json)}\n`)
    await writeOut(process.stderr, line)
    process.exitCode = exitCode
  }
}

async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('zerocard')
    .description('Prove that you are eligible, and nothing else.')
    .version(packageJson.version)
    // Else a value behind a command would be searched for options of the program: the name of a
    // request that begins with -V would print the version and end with 0, as if it were accepted.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .helpCommand(false)
    .addHelpText('after', AFTERWORD)
  for (const { name, summary, isInternal = false, load } of GROUPS) {
    const command = program.command(name, { hidden: isInternal })
    const group = command.description(summary).helpCommand(false)
    if (args.includes(name)) (await load())(group)
  }
  return program
}

/** Asked for and printed: no mistake. */
function isHelp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'commander.helpDisplayed' || code === 'commander.version'
}
