import type { Command } from 'commander'
import type { Manifest } from '../../core/manifest.ts'
import { FORGEABLE_WARNING, artifactPlace, readManifest } from './artifacts.ts'
import { addCommand, runs } from './command.ts'
import type { Result } from './output.ts'

export function addKeysCommands(group: Command): void {
  runs(addCommand(group, 'show', 'list circuits and keys as the manifest names them'), show)
}

function show(): Promise<Result> {
  const manifest = readManifest(artifactPlace())
  const { kind, forgeable, compiler } = manifest
  const circuits = Object.fromEntries(
    Object.entries(manifest.circuits).map(
      ([name, { constraints, publicSignals, domain, keyId, files }]) => [
        name,
        { constraints, publicSignals, domain, keyId, zkey: files.zkey, wasm: files.wasm },
      ],
    ),
  )
  return Promise.resolve({
    text: describe(manifest),
    json: { kind, forgeable, compiler, circuits },
  })
}

function describe({ kind, forgeable, note, compiler, circuits }: Manifest): string {
  const lines = Object.entries(circuits).flatMap(
    ([name, { constraints, publicSignals, keyId, files }]) => [
      `${name}: ${constraints.toLocaleString('en')} constraints, ${String(publicSignals)} public signals`,
      `  key          ${keyId}`,
      `  proving key  ${files.zkey.sha256.slice(0, 16)}…  ${megabytes(files.zkey.bytes)}`,
      `  program      ${files.wasm.sha256.slice(0, 16)}…  ${megabytes(files.wasm.bytes)}`,
    ],
  )
  const head = forgeable ? [FORGEABLE_WARNING] : [`Keys of kind ${kind}.`]
  return [
    ...head,
    ...(note === '' ? [] : [note]),
    '',
    ...lines,
    '',
    `Compiled by ${compiler}.`,
  ].join('\n')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
