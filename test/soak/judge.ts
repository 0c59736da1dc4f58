import { statSync } from 'node:fs';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import { hashRange } from '../fixtures/changes';
import { dataRanges } from '../fixtures/data-ranges';
import { imageOf, imagesOfChain, readManifestFile } from '../fixtures/exporting';
import { libvhdi } from '../fixtures/libvhdi';
import { demandSound, qemuImg, qemuInfo } from '../fixtures/qemu-img';

const words = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 600);

/** What is wrong with an export, in the eyes of tools that are not ours and then of ours. Empty: nothing. */
export async function judge(manifestPath: string, truth: string): Promise<string[]> {
  const found: string[] = [];
  try {
    await compare(manifestPath, truth);
  } catch (error) {
    found.push(`${manifestPath} is not what the pool holds: ${words(error)}`);
  }
  return [...found, ...(await sound(manifestPath))];
}

/** What our own verification finds, down to the full export. */
export async function sound(manifestPath: string): Promise<string[]> {
  const report = await verifyExport(manifestPath, { chain: true });
  if (!report.ok) return [`${manifestPath} cannot be verified: ${report.failure.message}`];
  return report.value.sound ? [] : [`${manifestPath} is unsound: ${JSON.stringify(report.value.faults[0])}`];
}

/** @throws Error of the tool that found the difference */
async function compare(manifestPath: string, truth: string): Promise<void> {
  const manifest = readManifestFile(manifestPath);
  const { format } = manifest.image;
  const { size } = statSync(truth);
  const image = imageOf(manifestPath);
  if (manifest.sizeBytes !== size) throw new Error(`size ${manifest.sizeBytes} instead of ${size}`);
  if (format === 'vhd' && manifest.parent) {
    const chain = imagesOfChain(manifestPath);
    const ranges = await dataRanges(truth, chain);
    const { hashes, images } = await libvhdi(chain, ranges);
    if (images[0].sizeBytes !== size) throw new Error(`libvhdi reads a size of ${images[0].sizeBytes}`);
    const wrong = ranges.find(([offset, length], at) => hashes[at] !== hashRange(truth, offset, length));
    if (wrong) throw new Error(`other content in ${wrong[1]} bytes at ${wrong[0]}`);
    return;
  }
  const driver = format === 'vhd' ? 'vpc' : format;
  const { 'virtual-size': virtual } = await qemuInfo(image, driver);
  if (virtual !== size) throw new Error(`qemu-img reads a size of ${virtual}`);
  await qemuImg('compare', '-f', 'raw', '-F', driver, truth, image);
  if (format === 'qcow2') await demandSound(image, 'qcow2');
}
