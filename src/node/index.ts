/**
 * Files, pictures as files, and progress bars: what needs Node.
 * @packageDocumentation
 */
export { loadCheckpoint, loadFile, saveCheckpoint, saveFile } from './checkpoint.js';
export { type Cifar10Folder, readCifar10Folder } from './cifar.js';
export { type IdxFolder, readCsvFile, readIdxFile, readIdxFolder, readNpyFile, readNpzFile, writeNpyFile, writePng } from './files.js';
export { type SvgAsPngOptions, writeSvg, writeSvgAsPng } from './pictures.js';
export { type ProgressBar, progressBar, showProgress } from './progress.js';
