export { MAX_IMAGES, openChain, type ImageChain } from './chain';
export { createImage } from './create';
export { detectFormat } from './detect';
export { resumeImage } from './resume';
export { openImage, type OpenImageOptions } from './open';
export { describeParent } from './parent';
