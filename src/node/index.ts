/**
 * Files and progress bars: what needs Node.
 * @packageDocumentation
 */
export { type IdxFolder, readIdxFile, readIdxFolder, writePng } from './files.js';
export { type ProgressBar, progressBar } from './progress.js';
