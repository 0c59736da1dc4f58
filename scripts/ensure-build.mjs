// Builds out/ unless it is newer than every source.
import { ensureBuild } from './lib/build.mjs';

ensureBuild();
